-- Rendered with the configured names: {{.Users}} is the app's table,
-- {{.Active}} the view beside it. Times are RFC 3339 UTC with six digits.

CREATE TABLE {{.Users}} (
  id                  TEXT    NOT NULL PRIMARY KEY,
  provider            TEXT    NOT NULL,
  provider_user_id    TEXT    NOT NULL,
  email               TEXT,
  email_verified      INTEGER,
  name                TEXT,
  username            TEXT,
  avatar_url          TEXT,
  phone               TEXT,
  tenant_id           TEXT,
  metadata            TEXT,
  suspended           INTEGER NOT NULL DEFAULT 0,
  suspended_at        TEXT,
  suspended_until     TEXT,
  suspended_reason    TEXT,
  last_sign_in_at     TEXT,
  deleted_at          TEXT,
  provider_created_at TEXT,
  provider_updated_at TEXT,
  created_at          TEXT    NOT NULL,
  updated_at          TEXT    NOT NULL,
  sync_state          BLOB    NOT NULL,
  UNIQUE (provider, provider_user_id)
);

CREATE INDEX {{.EmailIndex}} ON {{.Users}} (lower(email)) WHERE deleted_at IS NULL;

CREATE VIEW {{.Active}} AS
SELECT id, provider, provider_user_id, email, email_verified, name, username, avatar_url, phone, tenant_id, metadata,
       suspended, suspended_at, suspended_until, suspended_reason, last_sign_in_at, deleted_at,
       provider_created_at, provider_updated_at, created_at, updated_at
FROM {{.Users}}
WHERE deleted_at IS NULL AND (NOT suspended OR suspended_until <= strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'));

CREATE TABLE usersync_processed_events (
  occurred_at      TEXT NOT NULL,
  provider         TEXT NOT NULL,
  event_id         TEXT NOT NULL,
  provider_user_id TEXT NOT NULL,
  kind             TEXT NOT NULL,
  received_at      TEXT NOT NULL,
  outcome          TEXT NOT NULL,
  origin           TEXT NOT NULL,
  -- The time leads, so that inserts go to the end of the tree.
  PRIMARY KEY (occurred_at, provider, event_id, provider_user_id)
) WITHOUT ROWID;

CREATE TABLE usersync_dead_letters (
  id               INTEGER PRIMARY KEY,
  fingerprint      BLOB    NOT NULL UNIQUE,
  provider         TEXT    NOT NULL,
  event_id         TEXT,
  provider_user_id TEXT,
  reason           TEXT    NOT NULL,
  detail           TEXT    NOT NULL,
  payload          BLOB    NOT NULL,
  headers          TEXT    NOT NULL,
  origin           TEXT    NOT NULL,
  first_seen_at    TEXT    NOT NULL,
  last_seen_at     TEXT    NOT NULL,
  seen             INTEGER NOT NULL,
  due_at           TEXT
);

CREATE INDEX usersync_dead_letters_due_idx ON usersync_dead_letters (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE usersync_hydrations (
  provider         TEXT    NOT NULL,
  provider_user_id TEXT    NOT NULL,
  due_at           TEXT    NOT NULL,
  attempts         INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, provider_user_id)
) WITHOUT ROWID;

CREATE INDEX usersync_hydrations_due_idx ON usersync_hydrations (due_at);

CREATE TABLE usersync_sync_runs (
  id          INTEGER PRIMARY KEY,
  provider    TEXT NOT NULL,
  kind        TEXT NOT NULL,
  cursor      TEXT,
  counts      TEXT NOT NULL DEFAULT '{}',
  outcome     TEXT,
  started_at  TEXT NOT NULL,
  finished_at TEXT
);

CREATE TABLE usersync_erased (
  key_hash  BLOB NOT NULL PRIMARY KEY,
  erased_at TEXT NOT NULL
) WITHOUT ROWID;
