package models

import (
	"context"
	"fmt"
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
		return nil, fmt.Errorf("look for table %s: %w", name, printable(err))
	}
	return columns, nil
}

// exists reports whether a table is there.
func (db *DB) exists(ctx context.Context, name string) (bool, error) {
	columns, err := db.columns(ctx, name)
	return len(columns) > 0, err
}
