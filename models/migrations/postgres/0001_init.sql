-- Rendered with the configured names: {{.Users}} is the app's table,
-- {{.Active}} the view beside it. Everything else lives in schema usersync.

CREATE TABLE {{.Users}} (
  id                  uuid        NOT NULL PRIMARY KEY,
  provider            text        COLLATE "C" NOT NULL,
  provider_user_id    text        COLLATE "C" NOT NULL,
  email               text,
  email_verified      boolean,
  name                text,
  username            text,
  avatar_url          text,
  phone               text,
  tenant_id           text,
  metadata            jsonb,
  suspended           boolean     NOT NULL DEFAULT false,
  suspended_at        timestamptz,
  suspended_until     timestamptz,
  suspended_reason    text,
  last_sign_in_at     timestamptz,
  deleted_at          timestamptz,
  provider_created_at timestamptz,
  provider_updated_at timestamptz,
  created_at          timestamptz NOT NULL,
  updated_at          timestamptz NOT NULL,
  sync_state          bytea       NOT NULL,
  UNIQUE (provider, provider_user_id)
) WITH (fillfactor = 85);

COMMENT ON TABLE {{.Users}} IS 'Kept in step with the auth provider by usersync. Read it, join it, do not write it.';

CREATE INDEX {{.EmailIndex}} ON {{.Users}} (lower(email)) WHERE deleted_at IS NULL;

CREATE VIEW {{.Active}} AS
SELECT id, provider, provider_user_id, email, email_verified, name, username, avatar_url, phone, tenant_id, metadata,
       suspended, suspended_at, suspended_until, suspended_reason, last_sign_in_at, deleted_at,
       provider_created_at, provider_updated_at, created_at, updated_at
FROM {{.Users}}
WHERE deleted_at IS NULL AND (NOT suspended OR suspended_until <= now());

CREATE TABLE usersync.processed_events (
  occurred_at      timestamptz NOT NULL,
  provider         text        COLLATE "C" NOT NULL,
  event_id         text        COLLATE "C" NOT NULL,
  provider_user_id text        COLLATE "C" NOT NULL,
  kind             text        NOT NULL,
  received_at      timestamptz NOT NULL,
  outcome          text        NOT NULL,
  origin           text        NOT NULL,
  -- The time leads, so that the hot end of the index stays small.
  PRIMARY KEY (occurred_at, provider, event_id, provider_user_id)
) PARTITION BY RANGE (occurred_at);

-- The weeks get a partition each later. Events without a time of their own, whose
-- claims are looked up, and all the rest have theirs from the start.
CREATE TABLE usersync.processed_events_untimed PARTITION OF usersync.processed_events FOR VALUES FROM (MINVALUE) TO ('1971-01-01 00:00:00+00');
CREATE TABLE usersync.processed_events_default PARTITION OF usersync.processed_events DEFAULT;

CREATE TABLE usersync.dead_letters (
  id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fingerprint      bytea       NOT NULL UNIQUE,
  provider         text        COLLATE "C" NOT NULL,
  event_id         text        COLLATE "C",
  provider_user_id text        COLLATE "C",
  reason           text        NOT NULL,
  detail           text        NOT NULL,
  payload          bytea       NOT NULL,
  headers          jsonb       NOT NULL,
  origin           text        NOT NULL,
  first_seen_at    timestamptz NOT NULL,
  last_seen_at     timestamptz NOT NULL,
  seen             bigint      NOT NULL,
  due_at           timestamptz
);

CREATE INDEX dead_letters_due_idx ON usersync.dead_letters (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE usersync.hydrations (
  provider         text        COLLATE "C" NOT NULL,
  provider_user_id text        COLLATE "C" NOT NULL,
  due_at           timestamptz NOT NULL,
  attempts         integer     NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, provider_user_id)
);

CREATE INDEX hydrations_due_idx ON usersync.hydrations (due_at);

CREATE TABLE usersync.sync_runs (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider    text        COLLATE "C" NOT NULL,
  kind        text        NOT NULL,
  cursor      text,
  counts      jsonb       NOT NULL DEFAULT '{}',
  outcome     text,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz
);

CREATE TABLE usersync.erased (
  key_hash  bytea       NOT NULL PRIMARY KEY,
  erased_at timestamptz NOT NULL
);
