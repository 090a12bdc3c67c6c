package usersync

import (
	"context"
	"time"
)

// round is what became of one batch.
type round struct {
	claimed   int
	succeeded bool          // at least one fetch was answered
	failed    bool          // at least one was not
	after     time.Duration // how long the provider asked to be left alone
}

func (h *Hydrator) round(ctx context.Context) (r round) {
	claimed, err := h.claim(ctx)
	if err != nil {
		r.failed = true
		h.remark(ctx, &h.queueing, "users cannot be fetched: the queue does not answer", err)
		return r
	}
	h.queueing.over()
	if r.claimed = len(claimed); r.claimed == 0 {
		return r
	}
	looks := h.lookAll(ctx, claimed)

	at := h.Clock()
	var done []Hydration
	var postponed []Postponed
	for i, l := range looks {
		switch l.verdict {
		case lookFailed:
			r.failed = true
			r.after = min(max(r.after, l.after), longestRest)
			h.remark(ctx, &h.fetching, "a user could not be fetched, and will be asked for again", l.err)
		case lookFound, lookMissing:
			r.succeeded = true
		}
		p, again := h.next(claimed[i], l, at)
		if !again {
			done = append(done, claimed[i])
			continue
		}
		postponed = append(postponed, p)
	}
	if r.succeeded && !r.failed && h.fetching.over() {
		h.Log.Info("users are fetched again", "provider", h.Provider)
	}
	// ctx may be the reason why we are here.
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
	defer cancel()
	if err := h.Queue.Settle(settling, at, done, postponed); err != nil {
		h.remark(ctx, &h.queueing, "what was fetched could not be settled, so it will be fetched again", err)
	}
	return r
}

func (h *Hydrator) claim(ctx context.Context) ([]Hydration, error) {
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	at := h.Clock()
	return h.Queue.Claim(ctx, h.Provider, at, at+micros(hydrateLoan), hydrateBatch)
}

// next decides what comes after a look: nothing, or another one.
func (h *Hydrator) next(claimed Hydration, l look, at Micros) (p Postponed, again bool) {
	p = Postponed{Hydration: claimed, Due: at}
	attempt := max(claimed.Attempts, 1)
	switch {
	case claimed.Deleted, l.verdict == lookFound:
		return p, false
	case l.verdict == lookStopped:
		return p, true
	case l.verdict == lookFailed:
		p.Due += micros(max(backoff(attempt, longestWait), min(l.after, longestRest)))
	case claimed.Attempts == 0: // the last look
		return p, false
	case attempt < patienceFor(h.Lag):
		p.Due += micros(backoff(attempt, longestWait))
	default:
		h.Log.Warn("the provider knows no such user: the row stays as it is, and reconcile tells whether it was deleted; if this is said of every user, check api.url and api.params",
			"provider", h.Provider, "user", claimed.UserID, "asked", attempt)
		p.Due += micros(untilLastLook)
		p.Last = true
	}
	return p, true
}
