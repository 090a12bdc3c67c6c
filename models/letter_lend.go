package models

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// BorrowDue implements usersync.Letters. What another borrows at the same moment
// is skipped, so replicas share the work without waiting for each other.
func (b letterBox) BorrowDue(ctx context.Context, providers []string, at, until usersync.Micros, limit int) (lent []usersync.StoredLetter, next usersync.Micros, err error) {
	skip := ""
	if b.db.dialect == Postgres {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	table := b.db.names.Letters
	text := "WITH due AS MATERIALIZED (SELECT id, due_at, octet_length(payload) AS size FROM " + table + " WHERE due_at <= ? AND provider IN ? ORDER BY due_at LIMIT ?" + skip + "), " +
		"page AS (SELECT id, " + runningSQL("due_at, id") + " FROM due) " +
		"UPDATE " + table + " SET due_at = ? WHERE id IN (SELECT id FROM page WHERE " + fitsSQL + ") RETURNING *"
	first := func(tx *gorm.DB) error {
		var earliest []Timestamp
		err := tx.Raw("SELECT due_at FROM "+table+" WHERE due_at IS NOT NULL AND provider IN ? ORDER BY due_at LIMIT 1", providers).Scan(&earliest).Error
		next = 0
		if len(earliest) > 0 {
			next = usersync.MicrosOf(earliest[0].Time)
		}
		return err
	}
	// Mostly nothing is due, and to look for that nobody has to wait.
	if err = first(b.db.gorm.WithContext(ctx)); err == nil && next != 0 && next <= at {
		err = b.db.alone(ctx, func(tx *gorm.DB) error {
			var rows []DeadLetter
			if err := tx.Raw(text, Timestamp{at.Time()}, providers, limit, Timestamp{until.Time()}, usersync.LettersBytes).Scan(&rows).Error; err != nil {
				return err
			}
			if lent, err = storedLetters(rows); err != nil {
				return err
			}
			return first(tx)
		})
	}
	if err != nil {
		return nil, 0, fmt.Errorf("borrow dead letters that are due: %w", printable(err))
	}
	return lent, next, nil
}

// RemoveLetters implements usersync.Letters. An id may come back on SQLite, the
// time of the first delivery with it does not.
func (b letterBox) RemoveLetters(ctx context.Context, letters []usersync.StoredLetter) (gone []bool, err error) {
	if len(letters) == 0 {
		return nil, nil
	}
	instant := map[Dialect]string{Postgres: "timestamptz", SQLite: "text"}[b.db.dialect]
	row := ", (CAST(? AS bigint), CAST(? AS " + instant + "), CAST(? AS bigint))"
	var values []any
	ids := make([]int64, len(letters))
	for i := range letters {
		l := &letters[i]
		ids[i] = l.ID
		values = append(values, l.ID, Timestamp{l.FirstSeen.Time()}, l.Seen)
	}
	table := b.db.names.Letters
	var left []int64
	err = b.db.alone(ctx, func(tx *gorm.DB) error {
		if b.db.dialect == Postgres {
			// In the order in which events store them, so that neither waits for the other in a circle.
			if err := tx.Exec("SELECT FROM "+table+" WHERE id IN ? ORDER BY fingerprint FOR UPDATE", ids).Error; err != nil {
				return err
			}
		}
		err := tx.Exec("DELETE FROM "+table+" WHERE (id, first_seen_at, seen) IN (VALUES "+strings.TrimPrefix(strings.Repeat(row, len(letters)), ", ")+")", values...).Error
		if err != nil {
			return err
		}
		left = nil
		return tx.Table(table).Where("id IN ?", ids).Pluck("id", &left).Error
	})
	if err != nil {
		return nil, fmt.Errorf("delete dead letters: %w", printable(err))
	}
	stays := make(map[int64]bool, len(left))
	for _, id := range left {
		stays[id] = true
	}
	for _, id := range ids {
		gone = append(gone, !stays[id])
	}
	return gone, nil
}
