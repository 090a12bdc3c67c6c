package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// columns returns the names of a table's or view's columns, none if it does
// not exist. name is as in a statement: qualified or not, quoted or not.
func (db *DB) columns(ctx context.Context, name string) ([]string, error) {
	query := "SELECT name FROM pragma_table_info(trim(?, '\"'))"
	if db.dialect == Postgres {
		query = `SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`
	}
	var columns []string
	if err := db.gorm.WithContext(ctx).Raw(query, name).Scan(&columns).Error; err != nil {
		if connect := new(pgconn.ConnectError); errors.As(err, &connect) {
			return nil, noAnswer(err) // it is not about the table
		}
		return nil, fmt.Errorf("look for table %s: %w", name, printable(err))
	}
	return columns, nil
}

// exists reports whether a table is there.
func (db *DB) exists(ctx context.Context, name string) (bool, error) {
	columns, err := db.columns(ctx, name)
	return len(columns) > 0, err
}

// MissingGrants lists what the current role may not do but must, as
// "INSERT on users". SQLite has no roles.
func (db *DB) MissingGrants(ctx context.Context) ([]string, error) {
	if db.dialect != Postgres {
		return nil, nil
	}
	var missing []string
	tables := []string{db.names.Users, db.names.Processed, db.names.Letters, db.names.Hydrations, db.names.Runs, db.names.Erased, db.names.ErasureKey, db.names.Outbox,
		db.names.Activity, db.names.Notices}
	for _, table := range tables {
		for _, privilege := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
			var granted bool
			err := db.gorm.WithContext(ctx).Raw("SELECT has_table_privilege($1, $2)", table, privilege).Scan(&granted).Error
			if err != nil {
				return nil, fmt.Errorf("ask for the grants on %s: %w", table, printable(err))
			}
			if !granted {
				missing = append(missing, privilege+" on "+table)
			}
		}
	}
	return missing, nil
}

// Clock returns the time by the database's clock.
func (db *DB) Clock(ctx context.Context) (time.Time, error) {
	query := "SELECT strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
	if db.dialect == Postgres {
		query = "SELECT clock_timestamp()"
	}
	var now Timestamp
	if err := db.pool.QueryRowContext(ctx, query).Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("ask for the database's time: %w", printable(err))
	}
	return now.Time, nil
}
