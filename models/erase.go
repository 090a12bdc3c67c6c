package models

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	usersync "usersync/sync"
)

// Eraser removes what is kept of a user; it implements usersync.Eraser.
func (db *DB) Eraser() usersync.Eraser { return eraser{db} }

type eraser struct{ db *DB }

// Erase implements usersync.Eraser. The first step is all that others notice.
// Whoever dies behind it leaves a rest, and brings nobody back.
func (e eraser) Erase(ctx context.Context, key usersync.UserKey, at usersync.Micros) (done usersync.Erased, err error) {
	secret, err := e.key(ctx)
	if err != nil {
		return done, fmt.Errorf("make the key of erased users: %w", printable(err))
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"note that the user is erased", func() (err error) { done.Before, err = e.note(ctx, secret.hasher().of(key), at); return err }},
		{"erase the user's row", func() error { return e.row(ctx, key, at, &done) }},
		{"erase who waits to be fetched", func() (err error) { done.Hydrations, err = e.hydrations(ctx, key); return err }},
		{"erase dead letters", func() error { return e.letters(ctx, key, &done) }},
		{"erase messages", func() error { return e.messages(ctx, key, &done, at) }},
		{"erase processed events", func() (err error) { done.Events, err = e.events(ctx, key); return err }},
	} {
		if err := step.do(); err != nil {
			return done, fmt.Errorf("%s: %w: erase the user again, which does the rest", step.what, printable(err))
		}
	}
	return done, nil
}

// key reads the key of the hashes, or makes it.
func (e eraser) key(ctx context.Context) (secret erasureKey, err error) {
	fresh := make([]byte, erasureKeySize)
	_, _ = rand.Read(fresh) // it never fails
	err = e.db.within(ctx, func(tx session) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+e.db.names.ErasureKey+" (id, key) VALUES (1, $1) ON CONFLICT DO NOTHING", fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT key FROM "+e.db.names.ErasureKey).Scan((*[]byte)(&secret))
	})
	return secret, err
}

// note makes the user one of those of whom nothing is kept any more, and returns
// since when they are, if they were before. On Postgres it waits until nobody
// writes, which keeps those who begin meanwhile waiting: nothing else is done here.
func (e eraser) note(ctx context.Context, hash []byte, at usersync.Micros) (before usersync.Micros, err error) {
	if before, err = e.since(ctx, hash); err != nil || before != 0 {
		return before, err
	}
	insert := "INSERT INTO " + e.db.names.Erased + " (key_hash, erased_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
	if e.db.dialect == Postgres {
		insert = "WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(" + pgErasing + ")) INSERT INTO " + e.db.names.Erased +
			" (key_hash, erased_at) SELECT $1::bytea, $2::timestamptz FROM alone ON CONFLICT DO NOTHING"
	}
	return 0, e.db.within(ctx, func(tx session) error {
		_, err := tx.ExecContext(ctx, insert, hash, e.db.instant(at))
		return err
	})
}

// since returns when a user was erased, 0 if never.
func (e eraser) since(ctx context.Context, hash []byte) (usersync.Micros, error) {
	var at Timestamp
	err := e.db.pool.QueryRowContext(ctx, "SELECT erased_at FROM "+e.db.names.Erased+" WHERE key_hash = $1", hash).Scan(&at)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return usersync.MicrosOf(at.Time), nil
}

// hydrations takes the user out of those who wait to be fetched.
func (e eraser) hydrations(ctx context.Context, key usersync.UserKey) (int64, error) {
	return e.remove(ctx, e.db.names.Hydrations+" WHERE provider = $1 AND provider_user_id = $2", key.Provider, key.UserID)
}

// remove deletes rows in a transaction of their own and counts them.
func (e eraser) remove(ctx context.Context, from string, arguments ...any) (count int64, err error) {
	err = e.db.within(ctx, func(tx session) error {
		count, err = deleted(ctx, tx, from, arguments...)
		return err
	})
	return count, err
}

// deleted deletes rows and counts them.
func deleted(ctx context.Context, tx session, from string, arguments ...any) (int64, error) {
	result, err := tx.ExecContext(ctx, "DELETE FROM "+from, arguments...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
