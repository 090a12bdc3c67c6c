package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// Hydrations is the queue of users to fetch.
func (db *DB) Hydrations() usersync.Hydrations { return hydrationQueue{db} }

type hydrationQueue struct{ db *DB }

// lastLook is the count of attempts at a user whom the provider did not know. The
// next claim makes it -1, which is not the 0 of one whom nobody has claimed.
const lastLook = -2

// Claim implements usersync.Hydrations. What another claims at the same moment
// is skipped, so replicas share the work without waiting for each other.
func (q hydrationQueue) Claim(ctx context.Context, provider string, at, until usersync.Micros, limit int) (claimed []usersync.Hydration, err error) {
	skip := ""
	if q.db.dialect == Postgres {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	text := "WITH due AS MATERIALIZED (SELECT provider, provider_user_id FROM " + q.db.names.Hydrations +
		" WHERE provider = ? AND due_at <= ? ORDER BY due_at LIMIT ?" + skip + ") UPDATE " + q.db.names.Hydrations +
		" SET attempts = attempts + 1, due_at = ? WHERE (provider, provider_user_id) IN (SELECT provider, provider_user_id FROM due)" +
		" RETURNING provider, provider_user_id, attempts, requests, EXISTS (SELECT 1 FROM " + q.db.names.Users +
		" AS u WHERE u.provider = " + q.db.names.Hydrations + ".provider AND u.provider_user_id = " + q.db.names.Hydrations + ".provider_user_id AND u.deleted_at IS NOT NULL) AS deleted"
	err = q.db.alone(ctx, func(tx *gorm.DB) error {
		var rows []struct {
			Hydration
			Deleted bool
		}
		if err := tx.Raw(text, provider, Timestamp{at.Time()}, limit, Timestamp{until.Time()}).Scan(&rows).Error; err != nil {
			return err
		}
		claimed = make([]usersync.Hydration, len(rows))
		for i, r := range rows {
			claimed[i] = usersync.Hydration{
				UserKey:  usersync.UserKey{Provider: r.Provider, UserID: r.ProviderUserID},
				Attempts: max(r.Attempts, 0), Requests: r.Requests, Until: until, Deleted: r.Deleted,
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim users to fetch: %w", printable(err))
	}
	return claimed, nil
}

// Settle implements usersync.Hydrations.
func (q hydrationQueue) Settle(ctx context.Context, at usersync.Micros, done []usersync.Hydration, postponed []usersync.Postponed) error {
	if len(done)+len(postponed) == 0 {
		return nil
	}
	err := q.db.alone(ctx, func(tx *gorm.DB) error {
		if err := q.lock(tx, done, postponed); err != nil {
			return err
		}
		if len(done) > 0 {
			rows, values := q.rowsOf(done)
			if err := tx.Exec("DELETE FROM "+q.db.names.Hydrations+" WHERE (provider, provider_user_id, due_at, requests) IN (VALUES "+rows+")", values...).Error; err != nil {
				return err
			}
			// What is left of them was asked for again meanwhile.
			if err := tx.Exec("UPDATE "+q.db.names.Hydrations+" SET attempts = 0, due_at = ? WHERE (provider, provider_user_id, due_at) IN (SELECT column1, column2, column3 FROM (VALUES "+rows+") AS v)",
				append([]any{Timestamp{at.Time()}}, values...)...).Error; err != nil {
				return err
			}
		}
		for _, p := range postponed {
			attempts := p.Attempts
			if p.Last {
				attempts = lastLook
			}
			if err := tx.Exec("UPDATE "+q.db.names.Hydrations+" SET attempts = ?, due_at = ? WHERE provider = ? AND provider_user_id = ? AND due_at = ?",
				attempts, Timestamp{p.Due.Time()}, p.Provider, p.UserID, Timestamp{p.Until.Time()}).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle users that were fetched: %w", printable(err))
	}
	return nil
}

// lock locks the rows in the order in which events ask for them, so that
// neither waits for the other in a circle.
func (q hydrationQueue) lock(tx *gorm.DB, done []usersync.Hydration, postponed []usersync.Postponed) error {
	if q.db.dialect == SQLite {
		return nil // the whole file is locked
	}
	all := slices.Clone(done)
	for _, p := range postponed {
		all = append(all, p.Hydration)
	}
	rows, values := q.rowsOf(all)
	return tx.Exec("SELECT FROM "+q.db.names.Hydrations+" WHERE (provider, provider_user_id) IN (SELECT column1, column2 FROM (VALUES "+rows+") AS v)"+
		" ORDER BY provider, provider_user_id FOR UPDATE", values...).Error
}

// rowsOf lists what tells the claims apart, for a VALUES clause.
func (q hydrationQueue) rowsOf(all []usersync.Hydration) (placeholders string, values []any) {
	for _, h := range all {
		values = append(values, h.Provider, h.UserID, Timestamp{h.Until.Time()}, h.Requests)
	}
	instant := map[Dialect]string{Postgres: "timestamptz", SQLite: "text"}[q.db.dialect]
	row := ", (CAST(? AS text), CAST(? AS text), CAST(? AS " + instant + "), CAST(? AS bigint))"
	return strings.TrimPrefix(strings.Repeat(row, len(all)), ", "), values
}
