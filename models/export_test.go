package models

import "testing"

// ExecForTest runs a statement as the app or an operator would.
func ExecForTest(t *testing.T, db *DB, statement string, arguments ...any) {
	t.Helper()
	if _, err := db.pool.ExecContext(t.Context(), statement, arguments...); err != nil {
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
