package usersync

import "context"

// Hydration is a user who waits to be fetched, as the queue lends it.
type Hydration struct {
	UserKey
	// Attempts counts the fetches, this one included. 0 is the last look at a
	// user whom the provider did not know.
	Attempts int
	// Requests counts the events that asked. If it has grown when the fetch is
	// settled, its answer may be older than the last of them.
	Requests int64
	Deleted  bool // the user is, by now
	// Until is when the loan ends. It tells this claim from a later one.
	Until Micros
}

// Postponed is a Hydration that has to be tried again.
type Postponed struct {
	Hydration
	Due Micros
	// Last makes the next look the last one, whatever events say meanwhile.
	Last bool
}

// Hydrations is the queue of users to fetch. Store.Update enters them, in the
// transaction of the event (see Ask). Its law is in internal/storetest.
type Hydrations interface {
	// Claim lends at most limit of the provider's users that are due at the
	// instant `at`, the longest due first, to nobody else until the instant
	// `until`: whoever dies in between gives them back by that.
	Claim(ctx context.Context, provider string, at, until Micros, limit int) ([]Hydration, error)
	// Settle takes the claimed ones back, in one transaction: those that are
	// done leave the queue, unless an event asked meanwhile; then they are due
	// at once, and their attempts are counted anew. Whom somebody else has
	// claimed since is left alone.
	Settle(ctx context.Context, at Micros, done []Hydration, postponed []Postponed) error
}
