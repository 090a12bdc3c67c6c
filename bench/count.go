package main

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// countUsersync looks into usersync's tables on Postgres.
func countUsersync(ctx context.Context, url string, from, to time.Time) (s stored, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	err = conn.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE outcome = 'stale'),
  (SELECT count(*) FROM users WHERE provider_updated_at >= $1 AND provider_updated_at < $2),
  (SELECT count(*) FROM usersync.dead_letters)
FROM usersync.processed_events WHERE occurred_at >= $1 AND occurred_at < $2`, from, to).Scan(&s.Events, &s.Stale, &s.Users, &s.Letters)
	return s, err
}

// countPlain looks into the tables of gormserver.
func countPlain(ctx context.Context, url string, from, to time.Time) (s stored, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	s.Stale = -1
	err = conn.QueryRow(ctx, `SELECT count(*), (SELECT count(*) FROM users WHERE provider_updated_at >= $1 AND provider_updated_at < $2)
FROM processed_events WHERE occurred_at >= $1 AND occurred_at < $2`, from, to).Scan(&s.Events, &s.Users)
	return s, err
}

// sqliteTime is how usersync writes a time on SQLite.
const sqliteTime = "2006-01-02T15:04:05.000000Z"

// countSQLite looks into usersync's tables on SQLite, with the driver that package models
// has brought.
func countSQLite(ctx context.Context, file string, from, to time.Time) (s stored, err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(outcome = 'stale'), 0),
  (SELECT count(*) FROM users WHERE provider_updated_at >= ?1 AND provider_updated_at < ?2),
  (SELECT count(*) FROM usersync_dead_letters)
FROM usersync_processed_events WHERE occurred_at >= ?1 AND occurred_at < ?2`,
		from.UTC().Format(sqliteTime), to.UTC().Format(sqliteTime)).Scan(&s.Events, &s.Stale, &s.Users, &s.Letters)
	return s, err
}
