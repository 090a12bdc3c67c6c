package models

import (
	"context"
	"database/sql"
	"strings"
	"unicode/utf8"
)

// reading runs do with what writes nothing and sees the same all the time. On Postgres
// settings, if any, is a SELECT of what holds for it.
func (db *DB) reading(ctx context.Context, settings string, do func(querier) error) error {
	if db.dialect == SQLite {
		return db.readingSQLite(ctx, do)
	}
	tx, err := db.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, settings); err != nil {
		return err
	}
	return do(tx)
}

// readingSQLite begins by hand: the driver's transactions are a writer's.
func (db *DB) readingSQLite(ctx context.Context, do func(querier) error) error {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := beginSQLite(ctx, conn, "BEGIN DEFERRED"); err != nil {
		return err
	}
	err = do(conn)
	if undo := undoSQLite(ctx, conn); err == nil {
		err = undo
	}
	return err
}

// storable reports whether a database can hold a text. What it cannot hold is nowhere
// in it, and Postgres refuses to be asked for it.
func storable(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}
