package usersync

import (
	"context"
	"fmt"
	"time"
)

// Intake makes deliveries durable: in the database, or in the spool if that
// does not take them in time. It is what the promise of a 200 stands on.
type Intake struct {
	Batcher *Batcher
	Spool   Spool    // nil: the database or nothing
	Breaker *Breaker // who knows that the database is away; nil without a Spool
	// Patience is how long a request may take to be spooled.
	Patience time.Duration
	// Observe is told of each event that was spooled, as Engine.Observe is of
	// those that were applied.
	Observe func(Observation)
	// Spooled is told after each request that was spooled; Refused, of the
	// provider whose request was neither applied nor spooled, and why.
	Spooled func()
	Refused func(provider string, why error)
}

// Submit makes a delivery durable and returns its outcome, OutcomeSpooled if it
// is applied later. An error wraps ErrNotDurable: the delivery is not durable,
// or nobody knows.
func (in *Intake) Submit(ctx context.Context, d *Delivery) (Outcome, error) {
	err := in.Breaker.Away()
	if err == nil {
		var outcome Outcome
		if outcome, err = in.Batcher.Submit(ctx, d); err == nil {
			return outcome, nil
		}
	} else {
		err = fmt.Errorf("%w: the database is away: %w", ErrNotDurable, err)
	}
	why := err
	if in.Spool != nil {
		if why = in.spool(ctx, d); why == nil {
			return OutcomeSpooled, nil
		}
		err = fmt.Errorf("%w; and it is not spooled: %w", err, why)
	}
	if in.Refused != nil {
		in.Refused(d.Verified.Provider, why)
	}
	return OutcomeNone, err
}

// spool keeps a delivery's request for later.
func (in *Intake) spool(ctx context.Context, d *Delivery) error {
	limited, cancel := context.WithTimeout(ctx, in.Patience)
	defer cancel()
	if err := in.Spool.Append(limited, &d.Verified); err != nil {
		return err
	}
	in.observe(d)
	if in.Spooled != nil {
		in.Spooled()
	}
	return nil
}

// observe reports the events of a delivery as spooled.
func (in *Intake) observe(d *Delivery) {
	for i := range d.Commands {
		entry{command: &d.Commands[i]}.observe(in.Observe, OutcomeSpooled)
	}
	for i := range d.Messages {
		entry{message: &posting{&d.Messages[i], len(d.Commands) == 0, i == 0, nil}}.observe(in.Observe, OutcomeSpooled)
	}
	for i := range d.Letters {
		entry{letter: &d.Letters[i]}.observe(in.Observe, OutcomeSpooled)
	}
}
