-- What actions have to send. A row is due for as long as it waits; once that is
-- settled its id stays for a while, so that the same event sends nothing again.
CREATE TABLE usersync_outbox (
  id               TEXT    NOT NULL PRIMARY KEY,
  provider         TEXT    NOT NULL,
  provider_user_id TEXT,
  action           TEXT    NOT NULL,
  body             BLOB,
  received_at      TEXT    NOT NULL,
  attempts         INTEGER NOT NULL DEFAULT 0,
  due_at           TEXT,
  settled_at       TEXT,
  outcome          TEXT,
  detail           TEXT,
  CHECK ((due_at IS NULL) = (settled_at IS NOT NULL) AND (due_at IS NULL) = (outcome IS NOT NULL))
);

CREATE INDEX usersync_outbox_due_idx ON usersync_outbox (action, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX usersync_outbox_settled_idx ON usersync_outbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX usersync_outbox_user_idx ON usersync_outbox (provider, provider_user_id) WHERE provider_user_id IS NOT NULL;
