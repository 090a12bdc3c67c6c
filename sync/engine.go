package usersync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// Engine applies deliveries: lock, merge, save and claim, in one transaction
// for the whole batch.
type Engine struct {
	Store Store
	Clock func() Micros
	Log   *slog.Logger
	// Observe is told the outcome of each event once it is durable. A dead
	// letter has no kind.
	Observe func(provider string, kind Kind, outcome Outcome, origin Origin)
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
	size := 0
	for _, d := range batch {
		size += len(d.Commands) + len(d.Letters)
	}
	entries := make([]entry, 0, size)
	results := make([]Result, len(batch))
	for i, d := range batch {
		for j := range d.Commands {
			entries = append(entries, entry{delivery: i, command: &d.Commands[j]})
		}
		for j := range d.Letters {
			entries = append(entries, entry{delivery: i, letter: &d.Letters[j]})
		}
		if d.Ignored > 0 {
			results[i].Outcome = OutcomeIgnored
		}
	}
	if len(entries) > 0 {
		e.apply(ctx, entries, results)
	}
	return results
}

// apply runs one transaction. A refused batch is halved until the guilty
// member stands alone.
func (e *Engine) apply(ctx context.Context, entries []entry, results []Result) {
	outcomes, err := e.transact(ctx, entries)
	var refused *RefusedError
	switch {
	case err == nil:
		for i, en := range entries {
			r := &results[en.delivery]
			r.Outcome = r.Outcome.Or(outcomes[i])
			r.Busy = r.Busy || outcomes[i] == OutcomeNone
			en.observe(e.Observe, outcomes[i])
		}
	case errors.As(err, &refused) && len(entries) > 1:
		half := len(entries) / 2
		e.apply(ctx, entries[:half], results)
		e.apply(ctx, entries[half:], results)
	case errors.As(err, &refused) && entries[0].command != nil:
		c := entries[0].command
		e.Log.Warn("event became a dead letter", "provider", c.Provider, "reason", "refused", "code", refused.Code)
		letter := c.deadLetter("refused", refused.Error()+": look for a constraint or trigger on the users table, then retry the event")
		e.apply(ctx, []entry{{delivery: entries[0].delivery, letter: &letter}}, results)
	default:
		for _, en := range entries {
			results[en.delivery].Err = fmt.Errorf("%w: %w", ErrNotDurable, err)
		}
	}
}

// observe reports an entry that became durable.
func (en entry) observe(report func(string, Kind, Outcome, Origin), outcome Outcome) {
	switch {
	case report == nil || outcome == OutcomeNone:
	case en.command != nil:
		report(en.command.Provider, en.command.Kind, outcome, en.command.Origin)
	default:
		report(en.letter.Provider, KindNone, outcome, en.letter.Origin)
	}
}

// transact runs one transaction and returns the outcome of each entry.
func (e *Engine) transact(ctx context.Context, entries []entry) ([]Outcome, error) {
	p := planOf(entries, e.Clock())
	var d decision
	stood, err := e.Store.Update(ctx, p.lock, func(known Known) Changes {
		d = p.decide(entries, known)
		return d.changes
	})
	if err != nil {
		return nil, err
	}
	for i, en := range entries {
		if claim := d.claims[i]; claim >= 0 && stood[claim] && en.command.Origin != OriginReplay {
			d.outcomes[i] = OutcomeDuplicate
		}
	}
	return d.outcomes, nil
}

// deadLetter turns a command that cannot be applied into a dead letter.
func (c *Command) deadLetter(reason, detail string) DeadLetter {
	return DeadLetter{
		Provider: c.Provider, EventID: c.EventID, UserID: c.UserID,
		Reason: reason, Detail: detail,
		Payload: c.Payload, Headers: c.Headers,
		Origin: c.Origin, ReceivedAt: c.ReceivedAt,
	}
}
