package models

import (
	"context"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// BeginFree is Begin of usersync.Runs for work of which two at once do harm:
// free is false, and nothing begun, while the last run, of whatever source, has
// not ended and was heard of less than quiet ago.
func (db *DB) BeginFree(ctx context.Context, key usersync.RunKey, restart bool, quiet, at usersync.Micros) (run usersync.Run, resumed, free bool, err error) {
	err = runStore{db}.beginning(ctx, key, func(table func() *gorm.DB, last *SyncRun) (err error) {
		if free = last == nil || last.Outcome != nil || at-last.seen() >= quiet; !free {
			return nil
		}
		resumed = last != nil && !restart && last.resumable(key)
		run, err = begin(table, key, last, resumed, at)
		return err
	})
	return run, resumed, free, err
}
