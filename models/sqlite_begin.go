package models

import (
	"context"
	"database/sql"
)

// beginSQLite begins a transaction by hand. When ctx ends meanwhile the driver says only
// that, although the transaction may have begun: so whatever began is ended. Else the
// connection would stay in it for ever, with its lock, and nobody could write any more.
func beginSQLite(ctx context.Context, conn *sql.Conn, begin string) error {
	_, err := conn.ExecContext(ctx, begin)
	if err != nil {
		_ = undoSQLite(ctx, conn) // it fails if nothing began, which is as well
	}
	return err
}

// undoSQLite ends a transaction, for which the end of ctx may be the reason.
func undoSQLite(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return err
}
