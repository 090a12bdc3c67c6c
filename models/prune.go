package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// How many rows one transaction of pruning looks at. Postgres has a round trip
// to pay for each; on SQLite nobody else writes meanwhile.
const (
	pgPruned     = 2000
	sqlitePruned = 300
)

// Pause is called between two transactions of pruning; its error ends the work.
type Pause func(ctx context.Context) error

// Pruned is what became of old events.
type Pruned struct {
	Rows       int64    // deleted one by one
	Partitions []string // dropped whole
}

// PruneEvents forgets the events that happened and were received before a time: by
// partitions where they have one of their own, else a batch at a time in the order of
// the keys, so that it is one walk through the old end of the table also where much
// has to stay. An error that wraps ErrBusyPartitions leaves some for the next time.
func (db *DB) PruneEvents(ctx context.Context, before usersync.Micros, pause Pause) (pruned Pruned, err error) {
	dropped, until, busy := db.dropPartitions(ctx, before)
	pruned.Partitions = dropped
	if busy != nil && !errors.Is(busy, ErrBusyPartitions) {
		return pruned, busy
	}
	const key = "(occurred_at, provider, event_id, provider_user_id)"
	after := ProcessedEvent{} // the year 1, before all
	pruned.Rows, err = db.inBatches(ctx, "events", pause, func(tx *gorm.DB, size int) (gone int64, step func(), err error) {
		bounds := " WHERE occurred_at >= ? AND occurred_at < ? AND " + key + " > (?, ?, ?, ?)"
		arguments := []any{after.OccurredAt, Timestamp{until.Time()}, after.OccurredAt, after.Provider, after.EventID, after.ProviderUserID}
		var last []ProcessedEvent
		err = tx.Raw("SELECT occurred_at, provider, event_id, provider_user_id FROM "+db.names.Processed+bounds+
			" ORDER BY occurred_at, provider, event_id, provider_user_id LIMIT 1 OFFSET ?", append(arguments[:len(arguments):len(arguments)], size-1)...).Scan(&last).Error
		if err != nil {
			return 0, nil, err
		}
		for _, end := range last {
			bounds += " AND " + key + " <= (?, ?, ?, ?)"
			arguments = append(arguments, end.OccurredAt, end.Provider, end.EventID, end.ProviderUserID)
			step = func() { after = end }
		}
		deleted := tx.Exec("DELETE FROM "+db.names.Processed+bounds+" AND received_at < ?", append(arguments, Timestamp{before.Time()})...)
		return deleted.RowsAffected, step, deleted.Error
	})
	return pruned, errors.Join(err, busy)
}

// PruneLetters forgets the dead letters that were last seen before a time, and
// returns how many. One that waits for its hour is kept until it has had as much time
// after that.
func (db *DB) PruneLetters(ctx context.Context, before usersync.Micros, pause Pause) (int64, error) {
	after := int64(0)
	return db.inBatches(ctx, "dead letters", pause, func(tx *gorm.DB, size int) (gone int64, step func(), err error) {
		bounds, arguments := " WHERE id > ?", []any{after}
		var last []int64
		err = tx.Raw("SELECT id FROM "+db.names.Letters+bounds+" ORDER BY id LIMIT 1 OFFSET ?", after, size-1).Scan(&last).Error
		if err != nil {
			return 0, nil, err
		}
		for _, end := range last {
			bounds, arguments = bounds+" AND id <= ?", append(arguments, end)
			step = func() { after = end }
		}
		// The conditions are the statement's own: a letter that is seen again at this
		// moment is looked at once more.
		at := Timestamp{before.Time()}
		deleted := tx.Exec("DELETE FROM "+db.names.Letters+bounds+" AND last_seen_at < ? AND (due_at IS NULL OR due_at < ?)", append(arguments, at, at)...)
		return deleted.RowsAffected, step, deleted.Error
	})
}

// PruneRuns forgets the runs that ended before a time, and returns how many. The last
// of a provider and kind stays, of whatever outcome, and so does the last of each
// outcome: others ask what it found.
func (db *DB) PruneRuns(ctx context.Context, before usersync.Micros) (gone int64, err error) {
	last := func(by string) string {
		return " AND id NOT IN (SELECT max(id) FROM " + db.names.Runs + " GROUP BY " + by + ")"
	}
	err = db.alone(ctx, func(tx *gorm.DB) error {
		deleted := tx.Exec("DELETE FROM "+db.names.Runs+" WHERE outcome IS NOT NULL AND finished_at < ?"+last("provider, kind")+last("provider, kind, outcome"), Timestamp{before.Time()})
		gone = deleted.RowsAffected
		return deleted.Error
	})
	if err != nil {
		err = fmt.Errorf("prune runs: %w", printable(err))
	}
	return gone, err
}

// inBatches runs a batch after the other, each a transaction, until one has no step
// to take for the next.
func (db *DB) inBatches(ctx context.Context, what string, pause Pause, batch func(tx *gorm.DB, size int) (gone int64, step func(), err error)) (gone int64, err error) {
	size, limits := sqlitePruned, ""
	if db.dialect == Postgres {
		// A range at the old end of an index, whatever the planner believes.
		size, limits = pgPruned, "SELECT set_config('lock_timeout', '200ms', true), set_config('enable_seqscan', 'off', true)"
	}
	for {
		var step func()
		var n int64
		err := db.alone(ctx, func(tx *gorm.DB) (err error) {
			if limits != "" {
				if err := tx.Exec(limits).Error; err != nil {
					return err
				}
			}
			n, step, err = batch(tx, size)
			return err
		})
		if err != nil {
			return gone, fmt.Errorf("prune %s: %w", what, printable(err))
		}
		gone += n
		if step == nil {
			return gone, nil
		}
		step()
		if err := pause(ctx); err != nil {
			return gone, err
		}
	}
}
