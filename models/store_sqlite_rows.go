package models

import (
	"database/sql/driver"
	"errors"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	usersync "usersync/sync"
)

// sqliteState decodes a row of the read statement but its first column. unusable says
// why it makes no sense.
func sqliteState(rest []driver.Value) (state usersync.State, unusable error) {
	var (
		view   usersync.View
		failed error
	)
	next := func(kind usersync.ValueKind) usersync.Value {
		value, err := sqliteValue(kind, rest[0])
		if err != nil {
			failed = errors.Join(failed, err)
		}
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
		return state, failed
	}
	blob, _ := rest[0].([]byte)
	return usersync.DecodeState(blob, &view)
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

// listOfIDs is a JSON array, which takes one parameter whatever its length.
func listOfIDs(ids []string) string {
	return `["` + strings.Join(ids, `","`) + `"]`
}

// keepsAddress reports whether a row keeps what the index of e-mail addresses is made
// of: an update that names such a column writes the index anew, for nothing.
func keepsAddress(row *usersync.RowChange, found *usersync.KnownUser) bool {
	if found.State == nil {
		return false
	}
	before := usersync.Project(found.State)
	return row.View.Columns[usersync.FieldEmail].Equal(before.Columns[usersync.FieldEmail]) && row.View.DeletedAt.Equal(before.DeletedAt)
}

// appendShown appends the parameters of the show statement, or of showKept, which
// leaves the address alone.
func appendShown(columns []any, row *usersync.RowChange, at, id string, kept bool) []any {
	for f := range usersync.NumColumns {
		switch {
		case f == usersync.FieldMetadata:
			columns = append(columns, row.Metadata)
		case f == usersync.FieldEmail && kept:
			continue
		}
		columns = append(columns, sqliteColumn(row.View.Columns[f]))
	}
	columns = append(columns, row.View.Suspended)
	if !kept {
		columns = append(columns, sqliteColumn(row.View.DeletedAt))
	}
	return append(columns, row.State, at, id)
}

// appendNew appends the parameters of the insert statement.
func appendNew(columns []any, row *usersync.RowChange, user usersync.UserKey, at, id string) []any {
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
