package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// OutboxScope says which messages are meant: those to which all of it applies. Zero
// values say nothing.
type OutboxScope struct {
	Action string
	IDs    []string
}

// untaken is a query of the messages of a scope that were not taken.
func (db *DB) untaken(ctx context.Context, scope OutboxScope) *gorm.DB {
	query := db.gorm.WithContext(ctx).Table(db.names.Outbox).Where("(outcome IS NULL OR outcome = ?)", usersync.MessageGivenUp)
	if scope.Action != "" {
		query = query.Where("action = ?", scope.Action)
	}
	if len(scope.IDs) > 0 {
		query = query.Where("id IN ?", scope.IDs)
	}
	return query
}

// UntakenMessages returns messages that wait or were given up, the oldest first and at
// most limit, without their bodies.
func (db *DB) UntakenMessages(ctx context.Context, scope OutboxScope, limit int) (states []usersync.MessageState, err error) {
	return messageStates(db.untaken(ctx, scope).Omit("body").Order("received_at, id").Limit(limit))
}

func messageStates(query *gorm.DB) ([]usersync.MessageState, error) {
	var rows []OutboxMessage
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the messages: %w", printable(err))
	}
	states := make([]usersync.MessageState, len(rows))
	for i := range rows {
		states[i] = rows[i].state()
	}
	return states, nil
}

// OutboxCount is how many messages of an action wait, and how many were given up.
type OutboxCount struct {
	Action  string
	Waiting int64
	GivenUp int64
}

// OutboxCounts counts the messages that were not taken, in the order of the actions.
func (db *DB) OutboxCounts(ctx context.Context) (counts []OutboxCount, err error) {
	err = db.untaken(ctx, OutboxScope{}).Select("action, count(*) - count(outcome) AS waiting, count(outcome) AS given_up").
		Group("action").Order("action").Find(&counts).Error
	if err != nil {
		err = fmt.Errorf("count the messages: %w", printable(err))
	}
	return counts, err
}

// RetryMessages makes messages of the scope due at once: those that were given up, and
// those that wait until after the given instant. It returns how many.
func (db *DB) RetryMessages(ctx context.Context, scope OutboxScope, at, after usersync.Micros) (count int64, err error) {
	err = db.alone(ctx, func(tx *gorm.DB) error {
		query := "UPDATE " + db.names.Outbox + " SET due_at = ?, settled_at = NULL, outcome = NULL, attempts = 0 WHERE (outcome = ? OR due_at > ?)"
		arguments := []any{Timestamp{at.Time()}, usersync.MessageGivenUp, Timestamp{after.Time()}}
		if scope.Action != "" {
			query, arguments = query+" AND action = ?", append(arguments, scope.Action)
		}
		if len(scope.IDs) > 0 {
			query, arguments = query+" AND id IN ?", append(arguments, scope.IDs)
		}
		done := tx.Exec(query, arguments...)
		count = done.RowsAffected
		return done.Error
	})
	if err != nil {
		err = fmt.Errorf("retry messages: %w", printable(err))
	}
	return count, err
}

// PruneMessages forgets the messages that were settled before a time, and those that
// have been due since then: nobody sends them any more. It returns how many.
func (db *DB) PruneMessages(ctx context.Context, before usersync.Micros, pause Pause) (gone int64, err error) {
	for _, column := range []string{"settled_at", "due_at"} {
		count, err := db.inBatches(ctx, "messages", pause, func(tx *gorm.DB, size int) (gone int64, step func(), err error) {
			deleted := tx.Exec("DELETE FROM "+db.names.Outbox+" WHERE id IN (SELECT id FROM "+db.names.Outbox+" WHERE "+column+" < ? LIMIT ?) AND "+column+" < ?",
				Timestamp{before.Time()}, size, Timestamp{before.Time()})
			if deleted.RowsAffected == int64(size) {
				step = func() {}
			}
			return deleted.RowsAffected, step, deleted.Error
		})
		if gone += count; err != nil {
			return gone, err
		}
	}
	return gone, nil
}
