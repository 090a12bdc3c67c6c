package models

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// ExecForTest runs a statement as the app or an operator would.
func ExecForTest(t testing.TB, db *DB, statement string, arguments ...any) {
	t.Helper()
	// Not the test's context: cleanups run statements too.
	if _, err := db.pool.ExecContext(context.Background(), statement, arguments...); err != nil {
		t.Fatal(err)
	}
}

// QueryForTest returns the first column of a query's rows as texts.
func QueryForTest(t testing.TB, db *DB, query string, arguments ...any) []string {
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

// InUseForTest is how many connections are lent.
func InUseForTest(db *DB) int { return db.pool.Stats().InUse }

// ExplainRollForTest returns the plan of the roll's query.
func ExplainRollForTest(t *testing.T, db *DB, explain string, arguments ...any) (plan string) {
	t.Helper()
	err := rollReader{db}.walking(t.Context(), func(from querier) error {
		rows, err := from.QueryContext(t.Context(), explain+rollSQL(db.names), arguments...)
		if err != nil {
			return err
		}
		plan = planOf(t, rows)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// FillForTest opens so many connections, waits until a query answers on each of them
// as wanted, and gives them back.
func FillForTest(t *testing.T, db *DB, connections int, query, want string) {
	t.Helper()
	for range connections {
		conn, err := db.pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			var got string
			if err := conn.QueryRowContext(t.Context(), query).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got == want {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s answers %q", query, got)
			}
		}
	}
}

// ExplainLookupForTest returns the plan of the look at claims without a time.
func ExplainLookupForTest(t *testing.T, db *DB) string {
	t.Helper()
	lookup := newPostgresSQL(db.names).lookup
	rows := QueryForTest(t, db, "EXPLAIN "+lookup, "{1970-01-01T00:00:00Z}", "{p}", "{e}", "{u}")
	return strings.Join(rows, "\n")
}

// ErasingForTest is the number of the lock that erasures take.
const ErasingForTest = pgErasing

// ExplainPruneForTest returns the plans of a batch of pruning.
func ExplainPruneForTest(t *testing.T, db *DB) (plans []string) {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	err := db.gorm.WithContext(t.Context()).Transaction(func(tx *gorm.DB) error {
		if db.dialect == Postgres {
			explain = "EXPLAIN "
			if err := tx.Exec(pruneLimits).Error; err != nil {
				return err
			}
		}
		end := ProcessedEvent{OccurredAt: Timestamp{time.Now()}}
		bounds, arguments := db.eventsBetween(ProcessedEvent{}, "<", end)
		for query, last := range map[string]any{db.eventAtSQL(bounds): 9, db.forgetSQL(bounds): end.OccurredAt} {
			rows, err := tx.Raw(explain+query, append(arguments[:len(arguments):len(arguments)], last)...).Rows()
			if err != nil {
				return err
			}
			plans = append(plans, planOf(t, rows))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

// planOf reads a plan, of which the text is the last column.
func planOf(t *testing.T, rows *sql.Rows) (plan string) {
	t.Helper()
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		line := make([]any, len(columns))
		for i := range line {
			line[i] = new(any)
		}
		if err := rows.Scan(line...); err != nil {
			t.Fatal(err)
		}
		plan += fmt.Sprintln(*line[len(line)-1].(*any))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// EventLogForTest looks at so many events of either kind for a page.
func EventLogForTest(db *DB, most int) usersync.EventLog { return eventLog{db: db, most: most} }

// MigrateToForTest applies the steps up to a version, as an older usersync did.
func MigrateToForTest(t *testing.T, db *DB, version int64) {
	t.Helper()
	steps, err := db.placed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	provider, err := db.goose(t.Context(), steps, func(Migration) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}
