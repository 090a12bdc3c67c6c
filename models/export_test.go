package models

import (
	"context"
	"testing"
)

// ExecForTest runs a statement as the app or an operator would.
func ExecForTest(t *testing.T, db *DB, statement string, arguments ...any) {
	t.Helper()
	// Not the test's context: cleanups run statements too.
	if _, err := db.pool.ExecContext(context.Background(), statement, arguments...); err != nil {
		t.Fatal(err)
	}
}

// QueryForTest returns the first column of a query's rows as texts.
func QueryForTest(t *testing.T, db *DB, query string, arguments ...any) []string {
	t.Helper()
	var texts []string
	if err := db.gorm.WithContext(t.Context()).Raw(query, arguments...).Scan(&texts).Error; err != nil {
		t.Fatal(err)
	}
	return texts
}

// BeginForTest begins a transaction on a connection of its own and returns a
// function that runs statements in it.
func BeginForTest(t *testing.T, db *DB) func(statement string) {
	t.Helper()
	conn, err := db.pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	run := func(statement string) {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Error(err)
		}
	}
	run("BEGIN")
	return run
}
