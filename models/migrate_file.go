package models

import (
	"context"
	"strings"
)

// makeFile applies all steps to a new SQLite file in one transaction, and notes them as
// the migration library does. It does nothing, and made is false, on Postgres, or if
// another process has begun with the steps.
func (db *DB) makeFile(ctx context.Context, steps []Migration) (made bool, err error) {
	if db.dialect != SQLite {
		return false, nil
	}
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if err := beginSQLite(ctx, conn, "BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	defer func() {
		if !made {
			_ = undoSQLite(ctx, conn) // it fails if the commit has ended it
		}
	}()
	// Only now nobody else can begin.
	var theirs int
	count := "SELECT count(*) FROM sqlite_master WHERE name IN (?, ?)"
	if err := conn.QueryRowContext(ctx, count, db.names.Versions, db.names.plainUsers).Scan(&theirs); err != nil || theirs > 0 {
		return false, err
	}
	var text strings.Builder
	writeSteps(&text, SQLite, db.names, steps)
	text.WriteString("COMMIT")
	_, err = conn.ExecContext(ctx, text.String())
	return err == nil, err
}
