package storetest

import (
	"errors"
	"testing"

	usersync "usersync/sync"
)

var backfillOfP = usersync.RunKey{Kind: usersync.RunBackfill, Provider: "p"}

func mustBegin(t *testing.T, s Inspector, key usersync.RunKey, restart, wantResumed bool) usersync.Run {
	t.Helper()
	run, resumed, err := s.Begin(t.Context(), key, restart, Base)
	if err != nil || resumed != wantResumed || run.ID == 0 || run.Owner == "" {
		t.Fatalf("%+v resumed %v, %v", run, resumed, err)
	}
	return run
}

func savePage(t *testing.T, s Inspector, run usersync.Run, users ...string) (usersync.Run, error) {
	t.Helper()
	page := usersync.Page{}
	for _, user := range users {
		c := command1(user, "", usersync.KindUpdated, 1)
		c.Origin = usersync.OriginBackfill
		page.Users = append(page.Users, c)
	}
	saved, busy, err := Engine(s).ApplyPage(t.Context(), page, run)
	if busy {
		t.Fatal("a row is held by nobody")
	}
	return saved, err
}

func beginnings(t *testing.T, s Inspector) {
	run := mustBegin(t, s, backfillOfP, false, false)
	run.Cursor, run.Instant, run.Counts.Pages = "next", Base+5, 1
	run, err := savePage(t, s, run, "u1")
	if err != nil {
		t.Fatal(err)
	}
	again := mustBegin(t, s, backfillOfP, false, true)
	if again.ID != run.ID || again.Cursor != "next" || again.Instant != Base+5 || again.Counts != run.Counts || again.Counts.Changed != 1 {
		t.Errorf("an interrupted run goes on with %+v, want %+v", again, run)
	}
	for _, other := range []usersync.RunKey{{Kind: usersync.RunReconcile, Provider: "p"}, {Kind: usersync.RunBackfill, Provider: "q"}} {
		if run := mustBegin(t, s, other, false, false); run.Cursor != "" || run.Counts != (usersync.Counts{}) {
			t.Errorf("%v begins with %+v", other, run)
		}
	}
	for _, end := range []struct {
		outcome usersync.RunOutcome
		resumed bool
	}{{usersync.RunFailed, true}, {usersync.RunHeld, false}, {usersync.RunComplete, false}} {
		saved := again.Counts
		again.Counts.Gone++ // of a commit that failed, as far as its owner knows
		if err := s.End(t.Context(), again, end.outcome, Base+9); err != nil {
			t.Fatal(err)
		}
		next := mustBegin(t, s, backfillOfP, false, end.resumed)
		if (next.ID == again.ID) != end.resumed || end.resumed && next.Counts != saved {
			t.Errorf("after %s: %+v, before %+v", end.outcome, next, again)
		}
		again = next
	}
	// The cursor of one list means nothing in another.
	elsewhere := backfillOfP
	elsewhere.Source = "another list"
	other := mustBegin(t, s, elsewhere, false, false)
	if same := mustBegin(t, s, elsewhere, false, true); other.ID == again.ID || same.ID != other.ID {
		t.Errorf("goes on with %+v, then %+v in another list", other, same)
	}
	if fresh := mustBegin(t, s, backfillOfP, true, false); fresh.ID == again.ID || fresh.Counts != (usersync.Counts{}) {
		t.Errorf("begun anew: %+v", fresh)
	}
}

// Who was replaced can neither save a page nor record an end, and nothing of
// the attempt stays.
func takeover(t *testing.T, s Inspector) {
	old := mustBegin(t, s, backfillOfP, false, false)
	young := mustBegin(t, s, backfillOfP, false, true)
	if old.ID != young.ID || old.Owner == young.Owner {
		t.Fatalf("%+v, then %+v", old, young)
	}
	old.Cursor = "old"
	if _, err := savePage(t, s, old, "u1"); !errors.Is(err, usersync.ErrRunTaken) {
		t.Errorf("a page of the old owner: %v", err)
	}
	if err := s.End(t.Context(), old, usersync.RunComplete, Base); !errors.Is(err, usersync.ErrRunTaken) {
		t.Errorf("an end by the old owner: %v", err)
	}
	if len(s.Rows()) != 0 {
		t.Error("rows of the old owner stayed")
	}
	young.Cursor = "young"
	if _, err := savePage(t, s, young, "u1"); err != nil {
		t.Error(err)
	}
	next := mustBegin(t, s, backfillOfP, false, true)
	if next.Cursor != "young" {
		t.Errorf("goes on with %+v", next)
	}
	// Who begins anew takes the run as well.
	mustBegin(t, s, backfillOfP, true, false)
	if _, err := savePage(t, s, next, "u2"); !errors.Is(err, usersync.ErrRunTaken) {
		t.Errorf("a page of a run that was given up: %v", err)
	}
	if err := s.Alive(t.Context(), next, Base); !errors.Is(err, usersync.ErrRunTaken) {
		t.Errorf("alive: %v", err)
	}
}

// Of several who want to do what is due, one does.
func due(t *testing.T, s Inspector) {
	const every, quiet = 1000, 100
	at := func(now usersync.Micros, want bool) usersync.Run {
		t.Helper()
		var run usersync.Run
		results := make(chan bool, 8)
		runs := make(chan usersync.Run, 8)
		for range cap(results) {
			go func() {
				run, due, err := s.BeginDue(t.Context(), backfillOfP, every, quiet, Base+now)
				if err != nil {
					t.Error(err)
				}
				if due {
					runs <- run
				}
				results <- due
			}()
		}
		count := 0
		for range cap(results) {
			if <-results {
				count++
			}
		}
		if (count == 1) != want || count > 1 {
			t.Fatalf("at %d: %d of %d began", now, count, cap(results))
		}
		if want {
			run = <-runs
		}
		return run
	}
	first := at(0, true)
	at(99, false)  // somebody is about it
	at(-99, false) // whose clock is a little ahead
	second := at(100, true)
	if first.ID != second.ID || first.Owner == second.Owner {
		t.Errorf("not gone on with: %+v, %+v", first, second)
	}
	if err := s.Alive(t.Context(), second, Base+150); err != nil {
		t.Fatal(err)
	}
	at(249, false)
	third := at(250, true)
	if err := s.End(t.Context(), third, usersync.RunFailed, Base+300); err != nil {
		t.Fatal(err)
	}
	at(399, false)
	fourth := at(400, true)
	if fourth.ID != first.ID {
		t.Errorf("a failed run is not gone on with: %+v", fourth)
	}
	// One that cannot end does not stand in the way for ever.
	if err := s.End(t.Context(), fourth, usersync.RunFailed, Base+950); err != nil {
		t.Fatal(err)
	}
	at(1000, false)
	fifth := at(1050, true)
	if fifth.ID == first.ID {
		t.Errorf("an old run is gone on with: %+v", fifth)
	}
	if err := s.End(t.Context(), fifth, usersync.RunHeld, Base+1100); err != nil {
		t.Fatal(err)
	}
	at(2049, false)
	if sixth := at(2050, true); sixth.ID == fifth.ID {
		t.Errorf("a run that ended is gone on with: %+v", sixth)
	}
	at(-5000, true) // a clock that was ahead once
}
