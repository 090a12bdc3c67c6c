package usersync

import (
	"context"
	"errors"
	"time"
)

// look is what came of asking for one user.
type look struct {
	verdict verdict
	err     error         // why it failed
	after   time.Duration // how long the provider asked to be left alone
}

type verdict uint8

const (
	lookStopped verdict = iota // not asked, or not to the end: we stop
	lookFound                  // what the provider said is durable
	lookMissing                // it knows no such user
	lookFailed
)

// errLoanOver is why a look ends before the provider answered.
var errLoanOver = errors.New("no answer in time: is api.rate_limit very low, or the provider slow?")

// lookAll asks for all, a few at a time, and returns when the loan nears its
// end. The context is cancelled, not given a deadline: a rate limiter that sees
// one fails at once instead of waiting.
func (h *Hydrator) lookAll(ctx context.Context, claimed []Hydration) []look {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer time.AfterFunc(hydrateLoan*3/4, func() { cancel(errLoanOver) }).Stop()
	looks := make([]look, len(claimed))
	atOnce(hydrateInFlight, len(claimed), func(i int) {
		if claimed[i].Deleted {
			return // the provider has nothing to say
		}
		looks[i] = h.look(limited, claimed[i].UserID)
		switch {
		case looks[i].verdict != lookFailed:
		case ctx.Err() != nil:
			looks[i] = look{}
		case limited.Err() != nil:
			looks[i].err = errLoanOver
		}
	})
	return looks
}

// look asks for one user and delivers the answer.
func (h *Hydrator) look(ctx context.Context, userID string) look {
	if err := ctx.Err(); err != nil {
		return look{verdict: lookFailed, err: err}
	}
	c, found, err := h.Fetcher.Fetch(ctx, userID)
	var (
		letter interface{ DeadLetter() DeadLetter }
		rest   interface{ RetryAfter() time.Duration }
		d      Delivery
	)
	switch {
	case errors.As(err, &letter):
		d.Letters = []DeadLetter{letter.DeadLetter()}
	case errors.As(err, &rest):
		return look{verdict: lookFailed, err: err, after: rest.RetryAfter()}
	case err != nil:
		return look{verdict: lookFailed, err: err}
	case !found:
		return look{verdict: lookMissing}
	default:
		d.Commands = []Command{c}
	}
	if _, err := h.Deliver(ctx, &d); err != nil {
		return look{verdict: lookFailed, err: err}
	}
	return look{verdict: lookFound}
}
