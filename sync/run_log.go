package usersync

import "context"

// RunRecord is a run as it is kept.
type RunRecord struct {
	ID       int64
	Provider string
	Kind     RunKind    // those of RunKind, or push
	Outcome  RunOutcome // "" while it runs, or if it was interrupted
	Counts   Counts     // so far; of a push only what it shares with the others
	Instant  Micros     // when its list was true; 0 if that is not known
	Started  Micros
	Seen     Micros // when somebody was last known to be about it
	Finished Micros // 0 if it has not ended
}

// RunLog reads the runs. Its law is in internal/storetest.
type RunLog interface {
	// RunPage returns runs over users, the newest id first and at most limit: those
	// with an id below the given one, or all for 0, of a provider, or of all for "".
	RunPage(ctx context.Context, provider string, below int64, limit int) ([]RunRecord, error)
	// RunByID reads one run; nil if there is none.
	RunByID(ctx context.Context, id int64) (*RunRecord, error)
}
