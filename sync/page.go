package usersync

import (
	"context"
	"errors"
	"fmt"
)

// ApplyPage makes one page of a list durable, and the run with it, in one
// transaction. It returns the run as it was saved. busy says that a row of the
// page is held by somebody else: nothing was written, try again soon.
func (e *Engine) ApplyPage(ctx context.Context, page Page, run Run) (saved Run, busy bool, err error) {
	units := appendUnits(nil, 0, &Delivery{Commands: page.Users, Letters: page.Letters})
	entries := entriesOf(units)
	saved = run
	outcomes, err := e.transact(ctx, entries, &saved)
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		return e.applyParts(ctx, units, run)
	case errors.Is(err, ErrRunTaken):
		return run, false, err
	case err != nil:
		return run, false, fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	for i, en := range entries {
		if outcomes[i] == OutcomeNone {
			return run, true, nil
		}
		en.observe(e.Observe, outcomes[i])
	}
	return saved, false, nil
}

// applyParts sets aside what the database refuses of a page. The run is saved
// behind the last part: if that is never reached the page is applied again,
// which is harmless.
func (e *Engine) applyParts(ctx context.Context, units []unit, run Run) (saved Run, busy bool, err error) {
	results := make([]Result, 1)
	done, guilty := e.isolate(ctx, units, results)
	done = append(done, e.bury(ctx, guilty, results)...)
	if results[0].Err != nil || results[0].Busy {
		return run, results[0].Busy, results[0].Err
	}
	for _, a := range done {
		a.entry.observe(e.Observe, a.outcome)
	}
	saved = run
	saved.Counts.Letters += int64(len(guilty))
	if _, err := e.transact(ctx, nil, &saved); err != nil {
		return run, false, fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	return saved, false, nil
}

// visible counts the rows of which the app sees a change.
func (ch *Changes) visible() (count int64) {
	for i := range ch.Rows {
		if ch.Rows[i].Visible {
			count++
		}
	}
	return count
}
