package models

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	usersync "usersync/sync"
)

// row deletes the user's row. It is blanked instead where the app's own tables
// would not let it go or would change with it: an erasure never changes those.
func (e eraser) row(ctx context.Context, key usersync.UserKey, at usersync.Micros, done *usersync.Erased) error {
	keys, err := e.foreignKeys(ctx)
	if err != nil {
		return err
	}
	for blank := false; ; blank = true {
		kept := false // by a trigger, without an error
		err := e.db.within(ctx, func(tx session) error {
			done.Row, done.Holders, done.KeepsID = usersync.RowAbsent, nil, false
			there, err := e.lockRow(ctx, tx, key)
			if err != nil || !there {
				return err
			}
			held, err := e.holding(ctx, tx, key, keys)
			if err != nil {
				return err
			}
			if blank || held.changes {
				done.Row, done.Holders, done.KeepsID = usersync.RowBlanked, held.holders, held.toUserID
				return e.blankRow(ctx, tx, key, at, held.toUserID)
			}
			done.Row = usersync.RowDeleted
			kept, err = e.deleteRow(ctx, tx, key)
			return err
		})
		switch {
		case err == nil && !kept, err != nil && !holdsRow(err):
			return err
		case blank:
			return errStuck // and not err, which quotes the row
		}
	}
}

var errStuck = errors.New("a constraint or trigger of the app's on the users table lets the row neither be deleted nor be blanked: remove what holds it")

// lockRow locks the row by its id, which a blanked one keeps, and reports whether it
// is there. Nobody can come to refer to it then: that would take a share of the lock.
func (e eraser) lockRow(ctx context.Context, tx session, key usersync.UserKey) (bool, error) {
	query := "SELECT 1 FROM " + e.db.names.Users + " WHERE id = $1"
	if e.db.dialect == Postgres {
		query += " FOR UPDATE"
	}
	var one int
	err := tx.QueryRowContext(ctx, query, key.ID().String()).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// deleteRow deletes the row. A trigger of the app's may keep it without an error:
// it is to be blanked then.
func (e eraser) deleteRow(ctx context.Context, tx session, key usersync.UserKey) (kept bool, err error) {
	if e.db.dialect == Postgres {
		// A foreign key that is checked at the commit would fail there.
		if _, err := tx.ExecContext(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return false, err
		}
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM "+e.db.names.Users+" WHERE id = $1", key.ID().String())
	if err != nil {
		return false, err
	}
	count, err := result.RowsAffected()
	return count == 0, err
}

// blankRow leaves of a row its id, its own times and that the user is deleted.
func (e eraser) blankRow(ctx context.Context, tx session, key usersync.UserKey, at usersync.Micros, keepsID bool) error {
	var set strings.Builder
	for f := range usersync.NumColumns {
		set.WriteString(f.String() + " = NULL, ")
	}
	stays := key.UserID
	if !keepsID {
		nobody := make([]byte, 16)
		_, _ = rand.Read(nobody) // it never fails
		stays = "erased:" + hex.EncodeToString(nobody)
	}
	// A row that was blanked before has another user id, and stays as it is.
	_, err := tx.ExecContext(ctx, "UPDATE "+e.db.names.Users+" SET "+set.String()+"suspended = false, deleted_at = $1, updated_at = $1, sync_state = $2, provider_user_id = $3"+
		" WHERE id = $4 AND provider_user_id = $5", e.db.instant(at), usersync.EncodeState(nil, &usersync.State{}), stays, key.ID().String(), key.UserID)
	return err
}

// holdsRow reports whether a constraint or a trigger of the app's did not let the
// row go.
func holdsRow(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code[:2] == "23" || server.Code == "P0001" // or a trigger that raises
	}
	var failed *sqlite.Error
	return errors.As(err, &failed) && failed.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}
