-- Asked for again while it is being fetched: the count tells.
ALTER TABLE usersync.hydrations ADD COLUMN requests bigint NOT NULL DEFAULT 1;

-- Each provider's worker asks for its own.
DROP INDEX usersync.hydrations_due_idx;
CREATE INDEX hydrations_due_idx ON usersync.hydrations (provider, due_at);

-- The owner is whoever goes on with the run: an older one finds that it has
-- been replaced. The cursor belongs to the list that the source names. The
-- instant is when the list was true.
ALTER TABLE usersync.sync_runs
  ADD COLUMN owner    text        NOT NULL DEFAULT '',
  ADD COLUMN source   text        NOT NULL DEFAULT '',
  ADD COLUMN saved_at timestamptz,
  ADD COLUMN instant  timestamptz;

CREATE INDEX sync_runs_last_idx ON usersync.sync_runs (provider, kind, id);
