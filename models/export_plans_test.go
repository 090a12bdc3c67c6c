package models

import (
	"context"
	"database/sql"
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
