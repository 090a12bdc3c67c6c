package models

import (
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	usersync "usersync/sync"
)

// scanState decodes a row of the read statement. unusable says why a row that
// was read makes no sense.
func scanState(row *sql.Row) (state usersync.State, unusable, err error) {
	const numColumns = int(usersync.NumColumns) - 1 // without metadata
	var (
		columns [numColumns + 3]any // and suspended, deleted_at, sync_state
		into    [numColumns + 3]any
		view    usersync.View
		failed  error
	)
	for i := range columns {
		into[i] = &columns[i]
	}
	if err := row.Scan(into[:]...); err != nil {
		return state, nil, err
	}
	rest := columns[:]
	next := func(kind usersync.ValueKind) usersync.Value {
		value, err := sqliteValue(kind, rest[0])
		failed = errors.Join(failed, err)
		rest = rest[1:]
		return value
	}
	for f := range usersync.NumColumns {
		if f != usersync.FieldMetadata {
			view.Columns[f] = next(f.Kind())
		}
	}
	view.Suspended = next(usersync.Bool).True()
	view.DeletedAt = next(usersync.Time)
	if failed != nil {
		return state, failed, nil
	}
	blob, _ := rest[0].([]byte)
	state, unusable = usersync.DecodeState(blob, &view)
	return state, unusable, nil
}

// sqliteValue decodes a column; nil is NULL.
func sqliteValue(kind usersync.ValueKind, raw any) (usersync.Value, error) {
	switch v := raw.(type) {
	case int64:
		return usersync.BoolValue(v != 0), nil
	case string:
		if kind != usersync.Time {
			return usersync.TextValue(v), nil
		}
		at, err := parseSQLiteTime(v)
		return usersync.TimeValue(at), err
	default:
		return usersync.NullValue(), nil
	}
}

// shownColumns are the parameters of the show statement.
func shownColumns(row *usersync.RowChange, at, id string) []any {
	columns := make([]any, 0, usersync.NumColumns+6)
	for f := range usersync.NumColumns {
		if f == usersync.FieldMetadata {
			columns = append(columns, row.Metadata)
		}
		columns = append(columns, sqliteColumn(row.View.Columns[f]))
	}
	return append(columns, row.View.Suspended, sqliteColumn(row.View.DeletedAt), row.State, at, id)
}

// newColumns are the parameters of the insert statement.
func newColumns(row *usersync.RowChange, user usersync.UserKey, at, id string) []any {
	columns := make([]any, 0, usersync.NumColumns+8)
	columns = append(columns, id, user.Provider, user.UserID, at, at)
	for f := range usersync.NumColumns {
		columns = append(columns, sqliteColumn(row.View.Columns[f]))
	}
	return append(columns, row.View.Suspended, sqliteColumn(row.View.DeletedAt), row.State)
}

func sqliteColumn(v usersync.Value) any {
	switch v.Kind() {
	case usersync.Bool:
		return v.True()
	case usersync.Time:
		return sqliteMicros(v.Micros())
	case usersync.Text:
		return v.Str()
	case usersync.JSON:
		if document, whole := v.Document(); whole {
			return document
		}
		return nil
	default:
		return nil
	}
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func timeOrNull(m usersync.Micros) any {
	if m == 0 {
		return nil
	}
	return sqliteMicros(m)
}

// notNil keeps an empty payload from becoming NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// sqliteBusy reports whether another process holds the write lock.
func sqliteBusy(err error) bool {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return false
	}
	primary := failed.Code() & 0xff // the rest of the code is detail
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

// sqliteRefused marks an error that is the data's own fault: a constraint, a
// trigger of the app's, a value too long.
func sqliteRefused(err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return &usersync.RefusedError{Code: sqlite.ErrorCodeString[failed.Code()], Err: err}
	}
	return err
}
