package models

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// planning notes the plan of each query that it runs.
type planning struct {
	querier
	t     *testing.T
	words string
	plans *[]string
}

func (p planning) QueryContext(ctx context.Context, query string, arguments ...any) (*sql.Rows, error) {
	rows, err := p.querier.QueryContext(ctx, p.words+query, arguments...)
	if err != nil {
		return nil, err
	}
	*p.plans = append(*p.plans, planOf(p.t, rows))
	return p.querier.QueryContext(ctx, query, arguments...)
}

func plansOf(t *testing.T, db *DB, settings string, do func(querier) error) (plans []string) {
	t.Helper()
	words := map[Dialect]string{Postgres: "EXPLAIN ", SQLite: "EXPLAIN QUERY PLAN "}[db.dialect]
	err := db.reading(t.Context(), settings, func(from querier) error { return do(planning{from, t, words, &plans}) })
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

// PlansOfEventsForTest returns the plans of a page of events behind one.
func PlansOfEventsForTest(t *testing.T, db *DB, scope usersync.EventScope, behind *usersync.Claim) []string {
	var place *eventPlace
	if behind != nil {
		p := placeOf(behind)
		place = &p
	}
	return plansOf(t, db, pgWalk, func(from querier) error {
		_, err := eventLog{db: db, most: 100}.page(t.Context(), from, scope, place, 10)
		return err
	})
}

// PlansOfUsersForTest returns the plans of a search.
func PlansOfUsersForTest(t *testing.T, db *DB, search usersync.UserSearch) []string {
	return plansOf(t, db, pgByIndex, func(from querier) error {
		_, err := userFinder{db}.find(t.Context(), from, search, 10)
		return err
	})
}

// PlansOfCensusForTest returns the plans of a census.
func PlansOfCensusForTest(t *testing.T, db *DB) []string {
	return plansOf(t, db, pgSurvey, func(from querier) error {
		return surveyor{db}.take(t.Context(), from, &usersync.Census{}, 0)
	})
}

// GenericPlansForTest returns the plans of the store's statements as they are made once
// for all values.
func GenericPlansForTest(t *testing.T, db *DB) map[string]string {
	t.Helper()
	conn, err := db.pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	store := newPostgresStore(db.pool, db.names, nil)
	plans := map[string]string{}
	exec(store.sql.begin)
	defer exec("ROLLBACK")
	exec(store.sql.limits)
	for name, statement := range map[string]string{
		"create": store.sql.create, "lookup": store.sql.lookup,
		"read": store.sql.read.many, "look": store.sql.look.many, "absent": store.sql.absent.many, "absent, none erased": store.sql.absentNoneErased.many,
		"insert": store.sql.insert.many, "show": store.sql.show.many, "state": store.sql.state.many, "claim new": store.sql.claimNew.many,
		"read one": store.sql.read.one, "look one": store.sql.look.one, "absent one": store.sql.absent.one, "absent one, none erased": store.sql.absentNoneErased.one,
		"insert one": store.sql.insert.one, "show one": store.sql.show.one, "state one": store.sql.state.one, "claim new one": store.sql.claimNew.one,
		"drop": store.sql.drop, "claim": store.sql.claim,
		"ask": store.ask, "post": store.post,
	} {
		parameters := 0
		for strings.Contains(statement, "$"+strconv.Itoa(parameters+1)) {
			parameters++
		}
		exec("PREPARE " + quote(name) + " AS " + statement)
		rows, err := conn.QueryContext(t.Context(), "EXPLAIN EXECUTE "+quote(name)+" ("+strings.Repeat("NULL, ", parameters-1)+"NULL)")
		if err != nil {
			t.Fatal(err)
		}
		plans[name] = planOf(t, rows)
		exec("DEALLOCATE " + quote(name))
	}
	return plans
}

// PlanInForceForTest returns the plan that the pool's only connection keeps of the
// statement with a name whose text is like that.
func PlanInForceForTest(t *testing.T, db *DB, like string) string {
	t.Helper()
	tx, err := db.pool.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), newPostgresSQL(db.names).limits); err != nil {
		t.Fatal(err)
	}
	var name string
	var parameters int
	if err := tx.QueryRowContext(t.Context(), "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements WHERE statement LIKE $1", like).Scan(&name, &parameters); err != nil {
		t.Fatal(err)
	}
	rows, err := tx.QueryContext(t.Context(), "EXPLAIN EXECUTE "+quote(name)+" ("+strings.Repeat("NULL, ", parameters-1)+"NULL)")
	if err != nil {
		t.Fatal(err)
	}
	return planOf(t, rows)
}
