-- Asked for again while it is being fetched: the count tells.
ALTER TABLE usersync_hydrations ADD COLUMN requests INTEGER NOT NULL DEFAULT 1;

-- Each provider's worker asks for its own.
DROP INDEX usersync_hydrations_due_idx;
CREATE INDEX usersync_hydrations_due_idx ON usersync_hydrations (provider, due_at);

-- The owner is whoever goes on with the run: an older one finds that it has
-- been replaced. The cursor belongs to the list that the source names. The
-- instant is when the list was true.
ALTER TABLE usersync_sync_runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE usersync_sync_runs ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE usersync_sync_runs ADD COLUMN saved_at TEXT;
ALTER TABLE usersync_sync_runs ADD COLUMN instant TEXT;

CREATE INDEX usersync_sync_runs_last_idx ON usersync_sync_runs (provider, kind, id);
