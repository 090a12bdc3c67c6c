package models

import usersync "usersync/sync"

// runPush is the kind of a SyncRun that a push makes.
const runPush = "push"

// PushRuns keeps the runs of pushes; what their cursors hold is the caller's.
func (db *DB) PushRuns() usersync.Runs { return runStore{db, runPush} }
