package models

import (
	"context"
	"database/sql"
	"fmt"

	usersync "usersync/sync"
)

// Roll calls the users of the table; it implements usersync.Roll.
func (db *DB) Roll() usersync.Roll { return rollReader{db} }

type rollReader struct{ db *DB }

// pgWalk makes the planner walk the primary key for this transaction. On a table
// that was never analyzed it would take another index and sort all users, for
// every call.
const pgWalk = `SELECT set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`

// rollSQL compares the provider in a form that no index has, for the same end on
// SQLite.
func rollSQL(names tables) string {
	return "SELECT provider_user_id, sync_state FROM " + names.Users + " WHERE provider || '' = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT $3"
}

// Call implements usersync.Roll. It takes no lock.
func (r rollReader) Call(ctx context.Context, provider string, after usersync.UUID, limit int) (users []usersync.Present, err error) {
	err = r.walking(ctx, func(from querier) error {
		rows, err := from.QueryContext(ctx, rollSQL(r.db.names), provider, after.String(), limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		users = make([]usersync.Present, 0, limit)
		var blob sql.RawBytes
		for rows.Next() {
			u := usersync.Present{UserKey: usersync.UserKey{Provider: provider}}
			if err := rows.Scan(&u.UserID, &blob); err != nil {
				return err
			}
			u.Latest = usersync.LatestStamp(blob)
			users = append(users, u)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the users table: %w", printable(err))
	}
	return users, nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, arguments ...any) (*sql.Rows, error)
}

// walking runs do with what walks the primary key and writes nothing. On Postgres
// all that it asks sees the same.
func (r rollReader) walking(ctx context.Context, do func(querier) error) error {
	if r.db.dialect == SQLite {
		return do(r.db.pool) // a transaction would be one of a writer's
	}
	tx, err := r.db.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, pgWalk); err != nil {
		return err
	}
	return do(tx)
}
