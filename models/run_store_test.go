package models_test

import (
	"context"
	"fmt"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// pageOf makes a page of listed users.
func pageOf(from, count int, next string) usersync.Page {
	page := usersync.Page{Next: next}
	for i := range count {
		c := user(fmt.Sprint("u", from+i))
		c.EventID, c.Kind, c.Origin = "", usersync.KindUpdated, usersync.OriginBackfill
		c.Fields[usersync.FieldEmail] = usersync.TextValue("a@x")
		page.Users = append(page.Users, c)
	}
	return page
}

// A dry run finds what would change, and leaves no trace.
func TestDryRunLeavesNoTrace(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		engine := storetest.Engine(db.Store())
		if _, _, err := engine.ApplyPage(t.Context(), pageOf(0, 10, ""), usersync.Run{}); err != nil {
			t.Fatal(err)
		}
		engine.DryRun = true
		// Who only looks waits for nobody.
		tx := models.BeginForTest(t, db)
		tx("UPDATE users SET name = 'held' WHERE provider_user_id = 'u7'")
		run, _, err := engine.ApplyPage(t.Context(), pageOf(5, 10, ""), usersync.Run{})
		if err != nil || run.Counts.Changed != 5 {
			t.Errorf("%+v, %v", run, err)
		}
		tx("ROLLBACK")
		if users, err := db.Users(t.Context()); err != nil || len(users) != 10 {
			t.Errorf("%d users, %v", len(users), err)
		}
	})
}

// A page and the run's cursor are one commit: after an interruption the run
// goes on with exactly the next page.
func TestRunsAreSavedWithTheirPages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		engine := storetest.Engine(db.Store())
		begin := func(restart, wantResumed bool) usersync.Run {
			t.Helper()
			run, resumed, err := db.Runs().Begin(t.Context(), usersync.RunKey{Kind: usersync.RunBackfill, Provider: "p"}, restart, storetest.Base)
			if err != nil || resumed != wantResumed {
				t.Fatalf("resumed %v, %v", resumed, err)
			}
			return run
		}
		apply := func(page usersync.Page, run usersync.Run) usersync.Run {
			t.Helper()
			run.Cursor, run.Counts.Pages = page.Next, run.Counts.Pages+1
			saved, busy, err := engine.ApplyPage(t.Context(), page, run)
			if err != nil || busy {
				t.Fatalf("busy %v, %v", busy, err)
			}
			return saved
		}
		run := begin(false, false)
		apply(pageOf(0, 50, "2"), run)
		run = begin(false, true) // as after kill -9
		if run.Cursor != "2" || run.Counts != (usersync.Counts{Pages: 1, Changed: 50}) {
			t.Fatalf("goes on with %+v", run)
		}
		// What fails leaves the run where it was.
		dead, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := engine.ApplyPage(dead, pageOf(50, 50, "3"), run); err == nil {
			t.Fatal("applied without a context to do so")
		}
		if again := begin(false, true); again.Cursor != run.Cursor || again.Counts != run.Counts {
			t.Fatalf("after a failure: %+v", again)
		} else {
			run = apply(pageOf(40, 20, ""), again)
		}
		if run.Counts.Changed != 60 {
			t.Errorf("%d changed, want 60: ten were there already", run.Counts.Changed)
		}
		if err := db.Runs().End(t.Context(), run, usersync.RunFailed, storetest.Base); err != nil {
			t.Fatal(err)
		}
	})
}
