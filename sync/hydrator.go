package usersync

import (
	"context"
	"log/slog"
	"time"
)

// How a Hydrator works. A batch is claimed at once and settled at once; what is
// not done when the better part of the loan is over is given back.
const (
	hydrateBatch    = 32
	hydrateInFlight = 8
	hydrateLoan     = time.Minute
	hydratePoll     = time.Second     // others enter users too, and put some off
	queueTimeout    = 5 * time.Second // for one claim or settlement
)

// Hydrator fetches the users of one provider that events named and told nothing
// about, and applies the answers. Several may work at one queue, in several
// processes.
type Hydrator struct {
	Provider string
	Queue    Hydrations
	Fetcher  Fetcher
	Deliver  func(context.Context, *Delivery) (Outcome, error) // durable when it returns
	Clock    func() Micros
	Log      *slog.Logger
	// Lag is how long a change may take to show at the provider: so long, about,
	// a user that is not found is asked for again.
	Lag time.Duration

	wake     chan struct{}
	queueing reminder // faults of the queue
	fetching reminder // faults of the provider or of what takes the answers
}

// NewHydrator returns h, ready to Run and to be woken.
func NewHydrator(h Hydrator) *Hydrator {
	h.wake = make(chan struct{}, 1)
	return &h
}

// Wake says that a user was entered. It never waits.
func (h *Hydrator) Wake() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. What is in flight then is given back.
func (h *Hydrator) Run(ctx context.Context) {
	failures := 0 // rounds in a row in which nothing succeeded
	for ctx.Err() == nil {
		r := h.round(ctx)
		switch {
		case r.failed && !r.succeeded:
			failures++
			pause(ctx, max(backoff(failures, longestPause), r.after), nil)
		case r.after > 0:
			failures = 0
			pause(ctx, r.after, nil)
		case r.claimed < hydrateBatch:
			failures = 0
			pause(ctx, hydratePoll, h.wake)
		default: // there may be more
			failures = 0
		}
	}
}

// pause waits for a time, for a signal, or for the end.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
	}
}

func micros(d time.Duration) Micros { return Micros(d.Microseconds()) }
