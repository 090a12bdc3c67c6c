package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"

	"usersync/bench/traffic"
)

// stored is what a database has of a run.
type stored struct {
	Events  int // seen once
	Stale   int // of those; -1 if the database does not say
	Users   int // whose row an event of the run has changed last
	Letters int // events that were set aside
}

// countUsersync looks into usersync's tables on Postgres.
func countUsersync(ctx context.Context, url string, s span) (found stored, err error) {
	err = query(ctx, url, `SELECT count(*), count(*) FILTER (WHERE outcome = 'stale'),
  (SELECT count(*) FROM users WHERE provider_updated_at >= $1 AND provider_updated_at < $2),
  (SELECT count(*) FROM usersync.dead_letters)
FROM usersync.processed_events WHERE occurred_at >= $1 AND occurred_at < $2`, []any{s.from, s.to},
		&found.Events, &found.Stale, &found.Users, &found.Letters)
	return found, err
}

// countGORM looks into the tables of gormserver.
func countGORM(ctx context.Context, url string, s span) (stored, error) {
	found := stored{Stale: -1}
	err := query(ctx, url, `SELECT count(*), (SELECT count(*) FROM users WHERE provider_updated_at >= $1 AND provider_updated_at < $2)
FROM processed_events WHERE occurred_at >= $1 AND occurred_at < $2`, []any{s.from, s.to}, &found.Events, &found.Users)
	return found, err
}

// countPrisma looks into the tables of Express + Prisma, which know an event by its id
// alone.
func countPrisma(ctx context.Context, url string, s span) (stored, error) {
	found := stored{Stale: -1}
	err := query(ctx, url, `SELECT count(*), (SELECT count(*) FROM users WHERE updated_at >= $1 AND updated_at < $2)
FROM processed_events WHERE id COLLATE "C" >= $3 AND id COLLATE "C" < $4`,
		[]any{s.from, s.to, traffic.EventID(s.seed, 0), traffic.EventID(s.seed+1, 0)}, &found.Events, &found.Users)
	return found, err
}

func query(ctx context.Context, url, text string, arguments []any, into ...any) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	return conn.QueryRow(ctx, text, arguments...).Scan(into...)
}

// sqliteTime is how usersync writes a time on SQLite.
const sqliteTime = "2006-01-02T15:04:05.000000Z"

// countSQLite looks into usersync's tables on SQLite, with the driver that package models
// has brought.
func countSQLite(ctx context.Context, file string, s span) (found stored, err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(outcome = 'stale'), 0),
  (SELECT count(*) FROM users WHERE provider_updated_at >= ?1 AND provider_updated_at < ?2),
  (SELECT count(*) FROM usersync_dead_letters)
FROM usersync_processed_events WHERE occurred_at >= ?1 AND occurred_at < ?2`,
		s.from.UTC().Format(sqliteTime), s.to.UTC().Format(sqliteTime)).Scan(&found.Events, &found.Stale, &found.Users, &found.Letters)
	return found, err
}
