package usersync

import (
	"context"
	"fmt"
	"log/slog"
)

// Engine applies deliveries: lock, merge, save and claim, in one transaction
// for the whole batch.
type Engine struct {
	Store Store
	Clock func() Micros
	Log   *slog.Logger
	// DryRun decides everything and writes nothing.
	DryRun bool
	// Observe is told what became of each event once that is durable.
	Observe func(Observation)
	// Found is told each visible change, also those that DryRun does not write.
	Found func(Drift)
	// Hydrates says whether a provider's users are fetched after an event that
	// names them and tells nothing; nil: nobody's. Asked is told of the
	// provider once such a user is entered for it.
	Hydrates func(provider string) bool
	Asked    func(provider string)
	// Buried is told of each dead letter that was stored, unless it was one already.
	Buried func(l *DeadLetter)
	// Due, if set, is told when the first of the dead letters that were stored may be
	// retried by itself.
	Due func(at Micros)
	// Posted, if set, is told of each message that waits to be sent.
	Posted func(m *Message)
	// Waited, if set, is told each time that a transaction waited for a lock in vain.
	Waited func()
}

// Result is what became of one delivery.
type Result struct {
	Outcome Outcome
	// Err is not nil if the delivery is not durable, or if nobody knows.
	Err error
	// Busy says that a row is held by somebody else: nothing was written,
	// try again soon.
	Busy bool
}

// Apply makes the deliveries durable and returns what became of each. If the
// database refuses a member's data, that member becomes a dead letter and the
// others are not affected.
func (e *Engine) Apply(ctx context.Context, batch []*Delivery) []Result {
	var units []unit
	results := make([]Result, len(batch))
	for i, d := range batch {
		units = appendUnits(units, i, d)
		if d.Ignored > 0 {
			results[i].Outcome = OutcomeIgnored
		}
	}
	if len(units) == 0 {
		return results
	}
	done, guilty := e.isolate(ctx, units, results)
	done = append(done, e.bury(ctx, guilty, results)...)
	for _, a := range done {
		r := &results[a.entry.delivery]
		if r.Busy || r.Err != nil {
			continue // tried again as a whole, and counted then
		}
		r.Outcome = r.Outcome.Or(a.outcome)
		a.entry.observe(e.Observe, a.outcome)
	}
	return results
}

// applied is an entry that became durable.
type applied struct {
	entry   entry
	outcome Outcome
}

// notDurable tells the deliveries of the entries that they failed.
func notDurable(results []Result, entries []entry, err error) {
	for _, en := range entries {
		results[en.delivery].Err = fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
}

// transact runs one transaction and returns the outcome of each entry. A run is
// saved with it unless a delivery has to wait; with is nil for what is no list.
func (e *Engine) transact(ctx context.Context, entries []entry, with *along) ([]Outcome, error) {
	p := planOf(entries, e.Clock())
	p.lock.Look, p.lock.Waited = e.DryRun, e.Waited
	if with != nil {
		p.lock.Unseen, p.lock.Turn = with.unseen, with.turn
	}
	var d decision
	var before Known
	stood, err := e.Store.Update(ctx, p.lock, func(known Known) Changes {
		before, d = known, p.decide(entries, known)
		d.changes.Asks = p.asks(entries, known, &d, e.Hydrates)
		if with != nil {
			with.decided(&d, known)
		}
		if e.DryRun {
			return Changes{Unmade: known.made()}
		}
		return d.changes
	})
	if err != nil {
		return nil, err
	}
	p.tellDrift(&d.changes, before, e.Found)
	if e.DryRun {
		return d.outcomes, nil
	}
	p.tellAsked(d.changes.Asks, e.Asked)
	d.tellBuried(e.Buried)
	d.tellDue(e.Due)
	d.tellPosted(e.Posted)
	for i, en := range entries {
		if claim := d.claims[i]; claim >= 0 && stood[claim] && !en.command.ignoresClaims() {
			d.outcomes[i] = OutcomeDuplicate
		}
	}
	return d.outcomes, nil
}
