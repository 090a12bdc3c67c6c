package models

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// OutboxMessage is a message that waits or is settled. Of one that was sent nothing
// but what it is known by is kept.
type OutboxMessage struct {
	ID             string `gorm:"primaryKey"`
	Provider       string
	ProviderUserID *string
	Action         string
	Body           []byte
	ReceivedAt     Timestamp
	Attempts       int
	DueAt          *Timestamp
	SettledAt      *Timestamp
	Outcome        *string
	Detail         *string
}

// Outbox keeps messages until they are taken.
func (db *DB) Outbox() usersync.Outbox { return outbox{db} }

type outbox struct{ db *DB }

// BorrowMessages implements usersync.Outbox. What another borrows at the same moment
// is skipped, so replicas share the work without waiting for each other.
func (o outbox) BorrowMessages(ctx context.Context, action string, at, until usersync.Micros, limit int) (lent []usersync.LentMessage, next usersync.Micros, err error) {
	skip := ""
	if o.db.dialect == Postgres {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	table := o.db.names.Outbox
	text := "WITH due AS MATERIALIZED (SELECT id FROM " + table + " WHERE action = ? AND due_at <= ? ORDER BY due_at LIMIT ?" + skip + ") " +
		"UPDATE " + table + " SET due_at = ?, attempts = attempts + 1 WHERE id IN (SELECT id FROM due) RETURNING *"
	first := func(tx *gorm.DB) error {
		var earliest []Timestamp
		err := tx.Raw("SELECT due_at FROM "+table+" WHERE action = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1", action).Scan(&earliest).Error
		next = 0
		if len(earliest) > 0 {
			next = usersync.MicrosOf(earliest[0].Time)
		}
		return err
	}
	// Mostly nothing is due, and to look for that nobody has to wait.
	if err = first(o.db.gorm.WithContext(ctx)); err == nil && next != 0 && next <= at {
		err = o.db.alone(ctx, func(tx *gorm.DB) error {
			var rows []OutboxMessage
			if err := tx.Raw(text, action, Timestamp{at.Time()}, limit, Timestamp{until.Time()}).Scan(&rows).Error; err != nil {
				return err
			}
			lent = make([]usersync.LentMessage, len(rows))
			for i := range rows {
				lent[i] = usersync.LentMessage{Message: rows[i].message(), Attempts: rows[i].Attempts, Until: until}
			}
			return first(tx)
		})
	}
	if err != nil {
		return nil, 0, fmt.Errorf("borrow messages that are due: %w", printable(err))
	}
	return lent, next, nil
}

func (r *OutboxMessage) message() usersync.Message {
	m := usersync.Message{ID: r.ID, Provider: r.Provider, Action: r.Action, Body: r.Body, ReceivedAt: usersync.MicrosOf(r.ReceivedAt.Time)}
	if r.ProviderUserID != nil {
		m.UserID = *r.ProviderUserID
	}
	return m
}

func (r *OutboxMessage) state() usersync.MessageState {
	s := usersync.MessageState{Message: r.message(), Attempts: r.Attempts}
	if r.Detail != nil {
		s.Detail = *r.Detail
	}
	switch {
	case r.DueAt != nil:
		s.At = usersync.MicrosOf(r.DueAt.Time)
	case r.SettledAt != nil && r.Outcome != nil:
		s.Outcome, s.At = usersync.MessageOutcome(*r.Outcome), usersync.MicrosOf(r.SettledAt.Time)
	}
	return s
}

// SettleMessages implements usersync.Outbox. A loan is known by its end.
func (o outbox) SettleMessages(ctx context.Context, settled []usersync.SettledMessage) error {
	if len(settled) == 0 {
		return nil
	}
	instant := map[Dialect]string{Postgres: "timestamptz", SQLite: "text"}[o.db.dialect]
	row := ", (CAST(? AS text), CAST(? AS " + instant + "), CAST(? AS text), CAST(? AS " + instant + "), CAST(? AS text))"
	var values []any
	for i := range settled {
		s := &settled[i]
		values = append(values, s.ID, Timestamp{s.Until.Time()}, textOrNull(string(s.Outcome)), Timestamp{s.At.Time()}, textOrNull(s.Detail))
	}
	text := "UPDATE " + o.db.names.Outbox + " AS o SET outcome = v.column3, detail = v.column5, " +
		"due_at = CASE WHEN v.column3 IS NULL THEN v.column4 END, settled_at = CASE WHEN v.column3 IS NOT NULL THEN v.column4 END, " +
		"body = CASE WHEN v.column3 = 'sent' THEN NULL ELSE o.body END, provider_user_id = CASE WHEN v.column3 = 'sent' THEN NULL ELSE o.provider_user_id END " +
		"FROM (VALUES " + strings.TrimPrefix(strings.Repeat(row, len(settled)), ", ") + ") AS v WHERE o.id = v.column1 AND o.due_at = v.column2"
	err := o.db.alone(ctx, func(tx *gorm.DB) error { return tx.Exec(text, values...).Error })
	if err != nil {
		return fmt.Errorf("settle messages: %w", printable(err))
	}
	return nil
}
