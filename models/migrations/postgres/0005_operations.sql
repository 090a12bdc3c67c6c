-- When each provider was first watched, and when a delivery of it was last verified
-- by any replica.
CREATE TABLE usersync.activity (
  provider    text        COLLATE "C" NOT NULL PRIMARY KEY,
  since       timestamptz NOT NULL,
  verified_at timestamptz
);

-- Of several replicas one sends a notification: who claimed its id.
CREATE TABLE usersync.notices (
  id         text        COLLATE "C" NOT NULL PRIMARY KEY,
  claimed_by text        NOT NULL,
  claimed_at timestamptz NOT NULL
);

-- Events without a time of their own are listed by when they came. The others are
-- in the order of their key already.
CREATE INDEX processed_events_untimed_received_idx ON usersync.processed_events_untimed (received_at)
  WHERE occurred_at = '1970-01-01 00:00:00+00';

-- What waits is counted again and again: no count reads the rows, which hold payloads.
CREATE INDEX dead_letters_census_idx ON usersync.dead_letters (provider, last_seen_at, due_at);
DROP INDEX usersync.outbox_due_idx;
CREATE INDEX outbox_due_idx ON usersync.outbox (action, due_at) INCLUDE (received_at) WHERE due_at IS NOT NULL;
