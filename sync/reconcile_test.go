package usersync_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// directory answers for single users: those of its map are gone.
type directory struct {
	lock   sync.Mutex
	gone   map[string]bool
	broken map[string]bool // whose profile is not understood
	fails  atomic.Bool
	asked  atomic.Int64
}

func (d *directory) Fetch(_ context.Context, id string) (usersync.Command, bool, error) {
	d.asked.Add(1)
	switch {
	case d.fails.Load():
		return usersync.Command{}, false, awayError{}
	case d.broken[id]:
		return usersync.Command{}, false, fmt.Errorf("fetching: %w", letterError{usersync.DeadLetter{Provider: "authon", UserID: id, Reason: "bad_field"}})
	case d.gone[id]:
		return usersync.Command{}, false, nil
	}
	c := event(listedAt+1, changed, origin(usersync.OriginReconcile), email(id+"@fetched"))
	c.UserID, c.EventID = id, ""
	return c, true, nil
}

// awayError is one that may pass.
type awayError struct{}

func (awayError) Error() string             { return "the provider is away" }
func (awayError) RetryAfter() time.Duration { return 0 }

type letterError struct{ letter usersync.DeadLetter }

func (letterError) Error() string                     { return "not understood" }
func (e letterError) DeadLetter() usersync.DeadLetter { return e.letter }

// bag is a Tally in memory.
type bag map[usersync.UUID]bool

func (b bag) Add(id usersync.UUID) error { b[id] = true; return nil }
func (b bag) Check() (func(usersync.UUID) (bool, error), error) {
	var last usersync.UUID
	return func(id usersync.UUID) (bool, error) {
		if bytes.Compare(last[:], id[:]) > 0 {
			return false, errors.New("asked out of order")
		}
		last = id
		return b[id], nil
	}, nil
}

// reconciliation is a reconcile with all that it found.
type reconciliation struct {
	usersync.Reconcile
	memory *storetest.Memory
	mu     sync.Mutex
	drift  []usersync.Drift
}

// reconciling compares a list with a table that has the users u0, u1, … from
// events of the first seconds.
func reconciling(t *testing.T, present int, l *list, ask *directory) *reconciliation {
	t.Helper()
	r := &reconciliation{memory: storetest.NewMemory()}
	engine := storetest.Engine(r.memory)
	for i := range present {
		c := event(1+i%10, created, email(fmt.Sprintf("u%d@x", i)))
		c.UserID, c.EventID = fmt.Sprint("u", i), fmt.Sprint("e", i)
		engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})
	}
	engine.Found = func(d usersync.Drift) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.drift = append(r.drift, d)
	}
	r.Reconcile = usersync.Reconcile{
		Provider: "authon", Roll: r.memory, MaxDeletes: func(int64) int64 { return 10 },
		Backfill: usersync.Backfill{Lister: l, Engine: engine, InFlight: 3},
	}
	if ask != nil {
		r.Fetcher = ask
	}
	return r
}

// found lists the drift of a kind by user id.
func (r *reconciliation) found(kind usersync.DriftKind) string {
	var ids []string
	for _, d := range r.drift {
		if d.Kind == kind {
			ids = append(ids, d.UserID)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// deleted lists who is deleted in the table.
func (r *reconciliation) deleted() string {
	var ids []string
	for key, row := range r.memory.Rows() {
		if row.View.DeletedAt.Kind() == usersync.Time {
			ids = append(ids, key.UserID)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (r *reconciliation) begin(t *testing.T, wantResumed bool) usersync.Run {
	t.Helper()
	run, resumed, err := r.memory.Begin(t.Context(), usersync.RunKey{Kind: usersync.RunReconcile, Provider: "authon"}, false, 0)
	if err != nil || resumed != wantResumed {
		t.Fatalf("resumed %v, %v", resumed, err)
	}
	return run
}

// drifted is a list of 20 of whom u19 is new, u3 renamed, u4 banned, and u7 and
// u8 are left out.
func drifted() *list {
	return &list{users: 20, size: 6, hides: func(i int, _ int64) bool { return i == 7 || i == 8 }, edit: func(i int, c *usersync.Command) {
		switch i {
		case 3:
			c.Fields[usersync.FieldName] = usersync.TextValue("Renamed")
		case 4:
			c.Access = usersync.AccessBanned
		}
	}}
}

func TestReconcilePlansAndRepairs(t *testing.T) {
	t.Parallel()
	for _, planned := range []bool{true, false} {
		ask := &directory{gone: map[string]bool{"u7": true}}
		r := reconciling(t, 19, drifted(), ask)
		before := r.memory.Rows()
		if planned {
			r.Backfill.Engine.DryRun = true
			r.Listed = bag{}
		}
		run, result, err := r.Run(t.Context(), usersync.Run{})
		if err != nil || result.Held != "" || result.Alive < 19 || result.Unlisted != 2 || result.Hidden != 1 || run.Counts.Gone != 1 || ask.asked.Load() != 5 {
			t.Errorf("%+v, %+v, %v", run, result, err)
		}
		if want := (usersync.DriftCounts{Missing: 1, Changed: 2, Suspension: 1, Gone: 1}); run.Counts.Drift != want || run.Counts.Held != "" || result.Findings.Total() != want.Total() {
			t.Errorf("plan %v: %+v, found %+v", planned, run.Counts, result.Findings.Counts)
		}
		// u8 was hidden from the list and is there.
		for kind, want := range map[usersync.DriftKind]string{usersync.DriftMissing: "u19", usersync.DriftChanged: "u3 u8", usersync.DriftSuspension: "u4", usersync.DriftGone: "u7"} {
			if got := r.found(kind); got != want {
				t.Errorf("plan %v: %s: %q, want %q", planned, kind, got, want)
			}
		}
		after := r.memory.Rows()
		if planned {
			for key, row := range after {
				if row.View != before[key].View {
					t.Errorf("a plan changed %v", key)
				}
			}
			continue
		}
		if r.deleted() != "u7" || after[usersync.UserKey{Provider: "authon", UserID: "u7"}].View.DeletedAt != usersync.TimeValue(at(listedAt)) || len(after) != 20 {
			t.Errorf("deleted %q, %d rows", r.deleted(), len(after))
		}
		r.drift = nil
		if run, result, err := r.Run(t.Context(), usersync.Run{}); err != nil || len(r.drift) > 1 || result.Unlisted != 0 && result.Unlisted != 1 {
			t.Errorf("once more: %+v, %+v, %v, %v", run, result, err, r.drift)
		}
	}
}

// More deletions than allowed are held back, whoever else is repaired.
func TestReconcileHoldsTooManyDeletions(t *testing.T) {
	t.Parallel()
	ask := &directory{}
	l := &list{users: 100, size: 10, hides: func(i int, _ int64) bool { return i%10 < 3 }}
	r := reconciling(t, 99, l, ask)
	run, result, err := r.Run(t.Context(), usersync.Run{})
	if run.Counts.Held != result.Held || run.Counts.Drift != (usersync.DriftCounts{Missing: 1}) {
		t.Errorf("saved would be %+v", run.Counts)
	}
	if err != nil || !strings.Contains(result.Held, "30 of") || result.Unlisted != 30 || r.deleted() != "" || ask.asked.Load() != 0 || r.found(usersync.DriftMissing) != "u99" {
		t.Errorf("%+v, %v, deleted %q", result, err, r.deleted())
	}
}

// A listing that fails deletes nobody; the next run goes on at the page.
func TestReconcileThatFailsDeletesNobody(t *testing.T) {
	t.Parallel()
	ask := &directory{gone: map[string]bool{"u2": true}}
	l := &list{users: 90, size: 10, failAt: 7, hides: func(i int, _ int64) bool { return i == 2 }}
	l.fails.Store(1)
	r := reconciling(t, 90, l, ask)
	run, _, err := r.Run(t.Context(), r.begin(t, false))
	if err == nil || run.Cursor != "7" || r.deleted() != "" || ask.asked.Load() != 0 {
		t.Fatalf("%+v, %v, deleted %q", run, err, r.deleted())
	}
	if err := r.memory.End(t.Context(), run, usersync.RunFailed, 0); err != nil {
		t.Fatal(err)
	}
	run = r.begin(t, true)
	run.Counts.Drift, run.Counts.Held = usersync.DriftCounts{Changed: 99}, "of another part" // which nobody judges anew
	if run, _, err = r.Run(t.Context(), run); err != nil || run.Counts.Pages != 10 || r.deleted() != "u2" {
		t.Fatalf("%+v, %v, deleted %q", run, err, r.deleted())
	}
	if run.Counts.Drift != (usersync.DriftCounts{Gone: 1}) || run.Counts.Held != "" {
		t.Errorf("gone on with: %+v", run.Counts)
	}
}

// One that fails while it asks for who is gone does not list again.
func TestReconcileGoesOnWithTheRollCall(t *testing.T) {
	t.Parallel()
	ask := &directory{gone: map[string]bool{"u2": true}}
	ask.fails.Store(true)
	l := &list{users: 35, size: 10, chained: true, hides: func(i int, _ int64) bool { return i == 2 }}
	r := reconciling(t, 35, l, ask)
	run, _, err := r.Run(t.Context(), r.begin(t, false))
	if err == nil || r.deleted() != "" || run.Cursor != "" {
		t.Fatalf("%+v, %v", run, err)
	}
	asked := l.asked.Load()
	ask.fails.Store(false)
	if run, _, err = r.Run(t.Context(), r.begin(t, true)); err != nil || r.deleted() != "u2" || l.asked.Load() != asked || run.Counts.Gone != 1 {
		t.Errorf("%+v, %v, deleted %q, %d pages asked for, then %d", run, err, r.deleted(), asked, l.asked.Load())
	}
}

// Without a way to ask for one user, only a second complete listing deletes.
func TestReconcileListsAgainWhereItCannotAsk(t *testing.T) {
	t.Parallel()
	for _, planned := range []bool{true, false} {
		l := &list{users: 25, size: 10, chained: true}
		// u5 is gone; u6 is hidden by page drift the first time, in 3 pages.
		l.hides = func(i int, asked int64) bool { return i == 5 || i == 6 && asked <= 3 }
		r := reconciling(t, 25, l, nil)
		if planned {
			r.Backfill.Engine.DryRun, r.Listed = true, bag{}
		}
		run, result, err := r.Run(t.Context(), usersync.Run{})
		if err != nil || result.Unlisted != 2 || result.Hidden != 1 || run.Counts.Gone != 1 || r.found(usersync.DriftGone) != "u5" {
			t.Errorf("%+v, %+v, %v", run, result, err)
		}
		if deleted := r.deleted(); planned != (deleted == "") {
			t.Errorf("deleted %q", deleted)
		}
	}
}

// Who was not understood may be among the missing ones: nobody is deleted,
// unless the provider can be asked.
func TestReconcileWithUsersWhoAreNotUnderstood(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]*directory{"listing again": nil, "asking": {gone: map[string]bool{"u2": true}, broken: map[string]bool{"u3": true}}} {
		r := reconciling(t, 12, &list{users: 12, size: 20, hides: func(i int, _ int64) bool { return i == 2 || i == 3 }}, ask)
		r.Backfill.Lister = &lettered{list: r.Backfill.Lister.(*list)}
		run, result, err := r.Run(t.Context(), usersync.Run{})
		want := map[bool]string{true: "", false: "u2"}[ask == nil]
		if err != nil || (result.Held == "") != (ask != nil) || r.deleted() != want {
			t.Errorf("%s: %+v, %+v, %v, deleted %q", name, run, result, err, r.deleted())
		}
	}
}

// lettered is a list with a user who is not understood, from some page on.
type lettered struct {
	*list
	from int64
}

func (l *lettered) Page(ctx context.Context, cursor string) (usersync.Page, error) {
	page, err := l.list.Page(ctx, cursor)
	if l.list.asked.Load() < l.from {
		return page, err
	}
	page.Letters = append(page.Letters, usersync.DeadLetter{Provider: "authon", UserID: "u3", Reason: "bad_field", Payload: []byte("{}")})
	return page, err
}

// Users of whom the provider spoke after the list was true are not gone: they
// signed up during the run, or the list lags.
func TestReconcileLeavesTheYoungAlone(t *testing.T) {
	t.Parallel()
	r := reconciling(t, 10, &list{users: 10, size: 4}, &directory{})
	for second, id := range map[int]string{listedAt: "same second", listedAt + 3: "later"} {
		c := event(second, created)
		c.UserID, c.EventID = id, id
		r.Backfill.Engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})
	}
	if _, result, err := r.Run(t.Context(), usersync.Run{}); err != nil || result.Unlisted != 0 || r.deleted() != "" {
		t.Errorf("%+v, %v, deleted %q", result, err, r.deleted())
	}
}

// A deletion that is inferred yields to whatever happened since the listing.
func TestInferredDeletionYieldsToLaterEvents(t *testing.T) {
	t.Parallel()
	r := reconciling(t, 3, &list{users: 2, size: 4}, &directory{gone: map[string]bool{"u2": true}})
	if _, _, err := r.Run(t.Context(), usersync.Run{}); err != nil || r.deleted() != "u2" {
		t.Fatalf("%v, deleted %q", err, r.deleted())
	}
	again := event(listedAt+1, created)
	again.UserID, again.EventID = "u2", "signs up again"
	r.Backfill.Engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{again}}})
	if r.deleted() != "" {
		t.Errorf("deleted %q", r.deleted())
	}
}
