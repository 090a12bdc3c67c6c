-- What actions have to send. A row is due for as long as it waits; once that is
-- settled its id stays for a while, so that the same event sends nothing again.
CREATE TABLE usersync.outbox (
  id               text        COLLATE "C" NOT NULL PRIMARY KEY,
  provider         text        COLLATE "C" NOT NULL,
  provider_user_id text        COLLATE "C",
  action           text        COLLATE "C" NOT NULL,
  body             bytea,
  received_at      timestamptz NOT NULL,
  attempts         integer     NOT NULL DEFAULT 0,
  due_at           timestamptz,
  settled_at       timestamptz,
  outcome          text,
  detail           text,
  CHECK ((due_at IS NULL) = (settled_at IS NOT NULL) AND (due_at IS NULL) = (outcome IS NOT NULL))
);

CREATE INDEX outbox_due_idx ON usersync.outbox (action, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_settled_idx ON usersync.outbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX outbox_user_idx ON usersync.outbox (provider, provider_user_id) WHERE provider_user_id IS NOT NULL;
