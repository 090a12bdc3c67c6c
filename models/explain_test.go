package models_test

import (
	"fmt"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// The newest events of a user are found among many, with a time and without, up to
// the limit.
func TestExplainedEventsAmongMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		manyEvents(t, db)
		key := usersync.UserKey{Provider: "p", UserID: "u1"}
		for limit, want := range map[int]int{1: 1, 7: 7, 100: 100, 101: 101, 500: 101} {
			told, err := db.Explainer().Explain(t.Context(), key, limit, 0)
			if err != nil || told.Row || told.Nothing() {
				t.Fatalf("%+v, %v", told, err)
			}
			if len(told.Events) != want || told.More != (limit < 101) {
				t.Errorf("limit %d: %d events, more: %v", limit, len(told.Events), told.More)
			}
			for i, e := range told.Events { // they were made with n = 25000, 24750, …
				n := 25000 - 250*i
				if e.EventID != fmt.Sprint("e", n) || e.UserKey != key || (e.OccurredAt == 0) != (n%3 == 0) {
					t.Errorf("limit %d: event %d is %+v", limit, i, e)
					break
				}
			}
		}
		told, err := db.Explainer().Explain(t.Context(), key, 500, 10_000)
		if err != nil || !told.More || len(told.Events) < 40 || len(told.Events) > 80 || told.Events[0].EventID != "e25000" {
			t.Errorf("among the newest: %d events, more: %v, %v", len(told.Events), told.More, err)
		}
		if told, err := db.Explainer().Explain(t.Context(), usersync.UserKey{Provider: "p", UserID: "nobody"}, 10, 0); err != nil || !told.Nothing() {
			t.Errorf("%+v, %v", told, err)
		}
	})
}

// Every value is shown as it is, with the event that set it; a row that cannot be
// read says so.
func TestExplainedRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		c := profiled("u1")
		if err := applyOne(t, db, c); err != nil {
			t.Fatal(err)
		}
		told, err := db.Explainer().Explain(t.Context(), c.UserKey, 10, 0)
		if err != nil || !told.Row || told.CreatedAt == 0 || told.ID != c.ID() || len(told.Fields) != int(usersync.NumColumns) || told.Access == nil || told.Life != nil {
			t.Fatalf("%+v, %v", told, err)
		}
		for _, x := range told.Fields {
			if x.Claim == nil || x.Claim.EventID != "e_u1" || x.Claim.Kind != usersync.KindBanned || x.Claim.Outcome != usersync.OutcomeApplied || x.At != storetest.Base {
				t.Errorf("%+v", x)
			}
			if _, whole := x.Value.Document(); x.Field == usersync.FieldMetadata && !whole || x.Field != usersync.FieldMetadata && !x.Value.Equal(c.Fields[x.Field]) {
				t.Errorf("%v is %+v", x.Field, x.Value)
			}
		}
		models.ExecForTest(t, db, `UPDATE users SET sync_state = `+map[models.Dialect]string{models.Postgres: `'\x99'`, models.SQLite: `x'99'`}[db.Dialect()])
		if told, err = db.Explainer().Explain(t.Context(), c.UserKey, 10, 0); err != nil || !told.Row || told.Unreadable == "" || len(told.Fields) != 0 || len(told.Events) != 1 {
			t.Errorf("%+v, %v", told, err)
		}
	})
}
