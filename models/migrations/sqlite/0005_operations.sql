-- When each provider was first watched, and when a delivery of it was last verified
-- by any replica.
CREATE TABLE usersync_activity (
  provider    TEXT NOT NULL PRIMARY KEY,
  since       TEXT NOT NULL,
  verified_at TEXT
) WITHOUT ROWID;

-- Of several replicas one sends a notification: who claimed its id.
CREATE TABLE usersync_notices (
  id         TEXT NOT NULL PRIMARY KEY,
  claimed_by TEXT NOT NULL,
  claimed_at TEXT NOT NULL
) WITHOUT ROWID;

-- Events without a time of their own are listed by when they came. The others are
-- in the order of their key already.
CREATE INDEX usersync_processed_events_untimed_idx ON usersync_processed_events (received_at, provider, event_id, provider_user_id)
  WHERE occurred_at = '1970-01-01T00:00:00.000000Z';

-- What waits is counted again and again: no count reads the rows, which hold payloads.
CREATE INDEX usersync_dead_letters_census_idx ON usersync_dead_letters (provider, last_seen_at, due_at);
DROP INDEX usersync_outbox_due_idx;
CREATE INDEX usersync_outbox_due_idx ON usersync_outbox (action, due_at, received_at) WHERE due_at IS NOT NULL;
