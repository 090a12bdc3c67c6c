package models

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	usersync "usersync/sync"
)

// row deletes the user's row. It is blanked instead where the app's own tables
// would not let it go or would change with it: an erasure never changes those.
func (e eraser) row(ctx context.Context, key usersync.UserKey, at usersync.Micros, done *usersync.Erased) error {
	refers, err := e.references(ctx)
	if err != nil {
		return err
	}
	done.Row = usersync.RowAbsent
	if !refers.changes {
		err := e.db.within(ctx, func(tx session) (err error) {
			done.Row, err = e.deleteRow(ctx, tx, key)
			return err
		})
		if !holdsRow(err) && err != nil || err == nil && done.Row != usersync.RowBlanked {
			return err
		}
	}
	err = e.db.within(ctx, func(tx session) (err error) {
		done.Row, err = e.blankRow(ctx, tx, key, at, refers.toUserID)
		return err
	})
	if done.Row == usersync.RowBlanked {
		done.Holders, done.KeepsID = refers.holders, refers.toUserID
	}
	if holdsRow(err) {
		return errStuck // and not err, which quotes the row
	}
	return err
}

var errStuck = errors.New("a constraint or trigger of the app's on the users table lets the row neither be deleted nor be blanked: remove what holds it")

// references are the app's foreign keys that refer to users.
type references struct {
	holders  []string // their tables
	changes  bool     // one of them changes its table if a row is deleted
	toUserID bool     // one of them refers to provider_user_id
}

func (e eraser) references(ctx context.Context) (found references, err error) {
	query, table := `SELECT m.name, f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT'), coalesce(lower(f."to") = 'provider_user_id', false)
FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND lower(f."table") = lower($1) ORDER BY m.name`, e.db.names.plainUsers
	if e.db.dialect == Postgres {
		query, table = `SELECT c.conrelid::regclass::text, c.confdeltype IN ('c', 'n', 'd'),
  EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.confrelid AND a.attnum = ANY (c.confkey) AND a.attname = 'provider_user_id')
FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid = to_regclass($1) ORDER BY 1`, e.db.names.Users
	}
	rows, err := e.db.pool.QueryContext(ctx, query, table)
	if err != nil {
		return found, err
	}
	defer rows.Close()
	for rows.Next() {
		var holder string
		var changes, toUserID bool
		if err := rows.Scan(&holder, &changes, &toUserID); err != nil {
			return found, err
		}
		if !slices.Contains(found.holders, holder) {
			found.holders = append(found.holders, holder)
		}
		found.changes, found.toUserID = found.changes || changes, found.toUserID || toUserID
	}
	return found, rows.Err()
}

// deleteRow deletes the row by its id, which a blanked one keeps. A trigger of the
// app's may keep the row without an error: it is to be blanked then.
func (e eraser) deleteRow(ctx context.Context, tx session, key usersync.UserKey) (usersync.ErasedRow, error) {
	if e.db.dialect == Postgres {
		// A foreign key that is checked at the commit would fail there.
		if _, err := tx.ExecContext(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return usersync.RowAbsent, err
		}
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM "+e.db.names.Users+" WHERE id = $1", key.ID().String())
	if err != nil {
		return usersync.RowAbsent, err
	}
	if count, err := result.RowsAffected(); err != nil || count > 0 {
		return usersync.RowDeleted, err
	}
	there, err := e.rowThere(ctx, tx, key)
	if there {
		return usersync.RowBlanked, err
	}
	return usersync.RowAbsent, err
}

// blankRow leaves of a row its id, its own times and that the user is deleted.
func (e eraser) blankRow(ctx context.Context, tx session, key usersync.UserKey, at usersync.Micros, keepsID bool) (usersync.ErasedRow, error) {
	there, err := e.rowThere(ctx, tx, key)
	if err != nil || !there {
		return usersync.RowAbsent, err
	}
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
	_, err = tx.ExecContext(ctx, "UPDATE "+e.db.names.Users+" SET "+set.String()+"suspended = false, deleted_at = $1, updated_at = $1, sync_state = $2, provider_user_id = $3"+
		" WHERE id = $4 AND provider_user_id = $5", e.db.instant(at), usersync.EncodeState(nil, &usersync.State{}), stays, key.ID().String(), key.UserID)
	return usersync.RowBlanked, err
}

func (e eraser) rowThere(ctx context.Context, tx session, key usersync.UserKey) (bool, error) {
	var one int
	err := tx.QueryRowContext(ctx, "SELECT 1 FROM "+e.db.names.Users+" WHERE id = $1", key.ID().String()).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
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
