package models

import (
	"context"
	"database/sql"
	"errors"
	"time"

	usersync "usersync/sync"
)

// session is where the statements of one transaction go.
type session interface {
	ExecContext(ctx context.Context, query string, arguments ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, arguments ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
}

// How long an erasure waits for others at a time, and in all. Whoever comes behind
// it waits too: at first not longer than a transaction usually takes, later for those
// of a backfill.
const (
	erasureWait    = 100 * time.Millisecond
	erasureWaitMax = 500 * time.Millisecond
	erasurePause   = 50 * time.Millisecond
	erasureLimit   = time.Minute
	// What no session holds is not let go by waiting: a failover is over, or somebody has to come.
	erasureTrouble = 2 * time.Second
)

// errHeld is returned where another session did not let go.
var errHeld = errors.New("another session holds what is needed: look for a long transaction of the app's or a backfill")

// within runs one short transaction, again while others hold what it needs. Each of
// its statements sees what was committed while the one before waited.
func (db *DB) within(ctx context.Context, do func(session) error) error {
	return db.patiently(ctx, sql.LevelReadCommitted, do)
}

// atOnce is within for statements that all see what was committed when it began.
func (db *DB) atOnce(ctx context.Context, do func(session) error) error {
	return db.patiently(ctx, sql.LevelRepeatableRead, do)
}

func (db *DB) patiently(ctx context.Context, isolation sql.IsolationLevel, do func(session) error) error {
	begun := time.Now()
	for wait := erasureWait; ; wait = min(2*wait, erasureWaitMax) {
		err := db.once(ctx, isolation, wait, do)
		if err == nil || !pgPassing(err) && !sqliteBusy(err) {
			return err
		}
		switch waited := time.Since(begun); {
		case waited > erasureLimit:
			return errHeld
		case waited > erasureTrouble && takesNoWrites(err):
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(erasurePause):
		}
	}
}

// once is one attempt that waits so long for each lock. On SQLite it takes its turn
// with the store.
func (db *DB) once(ctx context.Context, isolation sql.IsolationLevel, wait time.Duration, do func(session) error) error {
	if store, ok := db.store.(*sqliteStore); ok {
		store.mu.Lock()
		defer store.mu.Unlock()
		return db.onceSQLite(ctx, do)
	}
	tx, err := db.pool.BeginTx(ctx, &sql.TxOptions{Isolation: isolation})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	limits := "SELECT set_config('lock_timeout', $1, true), " + pgNobodyHome + ", set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)"
	if _, err := tx.ExecContext(ctx, limits, wait.String()); err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// onceSQLite is an attempt on SQLite, where a commit that fails leaves the
// transaction open: it is ended by hand.
func (db *DB) onceSQLite(ctx context.Context, do func(session) error) error {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := beginSQLite(ctx, conn, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err = do(conn); err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		return errors.Join(err, undoSQLite(ctx, conn))
	}
	return nil
}

// instant is a time as a parameter.
func (db *DB) instant(at usersync.Micros) any {
	if db.dialect == SQLite {
		return sqliteMicros(at)
	}
	return at.Time()
}
