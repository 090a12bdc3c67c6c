package models

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	usersync "usersync/sync"
)

// sqliteTime is the form of times in SQLite: RFC 3339 in UTC with six digits,
// so that texts sort as the instants do.
const sqliteTime = "2006-01-02T15:04:05.000000Z"

// Timestamp is a time column in either database.
type Timestamp struct{ time.Time }

// Scan implements sql.Scanner for timestamptz and for SQLite's text.
func (t *Timestamp) Scan(src any) error {
	switch v := src.(type) {
	case time.Time:
		t.Time = v.UTC()
		return nil
	case string:
		parsed, err := time.Parse(sqliteTime, v)
		t.Time = parsed
		return err
	default:
		return fmt.Errorf("a time column holds %T", src)
	}
}

// Value implements driver.Valuer.
func (t Timestamp) Value() (driver.Value, error) { return t.UTC(), nil }

// GormValue implements gorm.Valuer: SQLite is given the text that it keeps.
func (t Timestamp) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	if db.Name() == string(SQLite) {
		return clause.Expr{SQL: "?", Vars: []any{t.UTC().Format(sqliteTime)}}
	}
	return clause.Expr{SQL: "?", Vars: []any{t.UTC()}}
}

func sqliteMicros(m usersync.Micros) string { return m.Time().Format(sqliteTime) }

func parseSQLiteTime(text string) (usersync.Micros, error) {
	t, err := time.Parse(sqliteTime, text)
	if err != nil {
		return 0, fmt.Errorf("the users table holds a time that usersync did not write: %w", err)
	}
	return usersync.MicrosOf(t), nil
}
