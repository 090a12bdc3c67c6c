package usersync

import "context"

// Lister lists a provider's users, page by page.
type Lister interface {
	// Page returns the page at a cursor; "" is the first.
	Page(ctx context.Context, cursor string) (Page, error)
	// After returns the cursor of the page behind the one at cursor, if that
	// can be told without asking for it (numbered pages, offsets).
	After(cursor string) (next string, ok bool)
}

// Page is one page of a list.
type Page struct {
	Users   []Command    // stamped max(own updated_at, Instant)
	Letters []DeadLetter // items that were not understood
	Next    string       // cursor of the next page; "": this was the last
	Instant Micros       // when the page was true, by the provider's clock
}

// Run is one run of a backfill. It is saved with each page, in the page's own
// transaction, so that an interrupted run goes on exactly where it was.
type Run struct {
	ID     int64
	Cursor string // of the next page
	Counts Counts
}

// Counts are what a run has done so far.
type Counts struct {
	Pages   int64 `json:"pages"`
	Users   int64 `json:"users"`
	Changed int64 `json:"changed"` // users of whom anything visible changed
	Letters int64 `json:"dead_letters"`
}

// RunOutcome is how a run ended.
type RunOutcome string

// The ends of a run. An interrupted run has none: it goes on later.
const (
	RunComplete RunOutcome = "complete"
	RunFailed   RunOutcome = "failed"
)

// Runs keeps the runs.
type Runs interface {
	// Begin returns the provider's run that was interrupted or failed, or a
	// new one; with restart always a new one.
	Begin(ctx context.Context, provider string, restart bool, at Micros) (run Run, resumed bool, err error)
	// End records how a run ended. A failed one can be gone on with.
	End(ctx context.Context, run Run, outcome RunOutcome, at Micros) error
}
