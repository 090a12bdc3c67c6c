package usersync

import (
	"context"
	"errors"
)

// RunKind is what a run does.
type RunKind string

// The kinds of runs. A plan is a reconcile that only looks; pruning is of all
// providers, and its key names none.
const (
	RunPrune     RunKind = "prune"
	RunBackfill  RunKind = "backfill"
	RunReconcile RunKind = "reconcile"
	RunPlan      RunKind = "plan"
)

// RunKey names the runs of which one goes on where another stopped.
type RunKey struct {
	Kind     RunKind
	Provider string
	// Source tells lists apart, of which a cursor of one means nothing in
	// another.
	Source string
}

// Run is one reading of a provider's whole list. It is saved with each page, in
// the page's own transaction, so that an interrupted run goes on exactly where
// it was.
type Run struct {
	ID int64 // 0 for one that is not kept
	// Owner is drawn whenever somebody begins or goes on with the run. Whoever
	// saves it as another than the last one gets ErrRunTaken.
	Owner  string
	Cursor string // of the next page
	// Instant is when the list was true: the least of the instants of its pages
	// and users, so that whoever was listed is stamped with it or later.
	Instant Micros
	Counts  Counts
}

// listed reports whether the list was read to its end.
func (r *Run) listed() bool { return r.Counts.Pages > 0 && r.Cursor == "" }

// add notes a page.
func (r *Run) add(page *Page) {
	r.Cursor = page.Next
	if r.Instant == 0 || page.Instant < r.Instant {
		r.Instant = page.Instant
	}
	for i := range page.Users { // of details that another server answered
		r.Instant = min(r.Instant, page.Users[i].OccurredAt)
	}
	r.Counts.Pages++
	r.Counts.Users += int64(len(page.Users))
	r.Counts.Letters += int64(len(page.Letters))
}

// Counts are what a run has done so far.
type Counts struct {
	Pages   int64 `json:"pages"`
	Users   int64 `json:"users"`
	Changed int64 `json:"changed"` // users of whom anything visible changed
	Letters int64 `json:"dead_letters"`
	Gone    int64 `json:"gone,omitempty"` // users who were deleted because the provider has them no more
	// Drift is whom a reconcile or a plan found to differ, from its beginning or since
	// it was last gone on with.
	Drift DriftCounts `json:"drift,omitzero"`
	// Held is why deletions were held back, "" if none were.
	Held string `json:"held,omitempty"`
}

// RunOutcome is how a run ended.
type RunOutcome string

// The ends of a run. An interrupted run has none: it goes on later.
const (
	RunComplete RunOutcome = "complete"
	RunFailed   RunOutcome = "failed"
	RunHeld     RunOutcome = "held" // complete, but for deletions that were too many
)

// ErrRunTaken is returned to who saves a run that somebody else has gone on
// with. Nothing of the transaction stays.
var ErrRunTaken = errors.New("another usersync has gone on with this run")

// Runs keeps the runs.
type Runs interface {
	// Begin returns the last run of the kind and provider if it was interrupted
	// or failed and was of the same source, else a new one; with restart always a
	// new one. Whoever is about the last run loses it either way.
	Begin(ctx context.Context, key RunKey, restart bool, at Micros) (run Run, resumed bool, err error)
	// BeginDue is Begin for whoever comes first of several: due is false, and
	// nothing begun, if the last run was begun less than every ago, or if one
	// that has not ended was heard of less than quiet ago. One that was begun
	// longer than every ago is not gone on with: it may be one that cannot end.
	BeginDue(ctx context.Context, key RunKey, every, quiet, at Micros) (run Run, due bool, err error)
	// Alive says that somebody is about the run.
	Alive(ctx context.Context, run Run, at Micros) error
	// End saves how a run ended, and unless it failed its counts. A failed one
	// can be gone on with: its last commit, which may have been unknown, stands.
	End(ctx context.Context, run Run, outcome RunOutcome, at Micros) error
}
