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
	with := &along{next: func(context.Context) (Run, error) { return run, nil }, kept: run.ID != 0}
	written, err := e.applyPages(ctx, []Page{page}, with)
	if err != nil || written.busy {
		return run, written.busy, err
	}
	return written.run, false, nil
}

// writtenPages is what became of pages.
type writtenPages struct {
	run    Run // as it was saved
	busy   bool
	unseen bool // all users were new
}

// applyPages is ApplyPage for several pages that follow each other.
func (e *Engine) applyPages(ctx context.Context, pages []Page, with *along) (writtenPages, error) {
	entries := pageEntries(pages)
	with.unseen = with.unseen && !e.DryRun
	outcomes, err := e.transact(ctx, entries, with)
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		// It may have been refused while it waited for its turn.
		if err := with.turn(ctx); err != nil {
			return writtenPages{}, fmt.Errorf("%w: %w", ErrNotDurable, err)
		}
		return e.applyParts(ctx, entries, with)
	case errors.Is(err, ErrRunTaken):
		return writtenPages{}, err
	case err != nil:
		return writtenPages{}, fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	for i, en := range entries {
		if outcomes[i] == OutcomeNone {
			return writtenPages{busy: true}, nil
		}
		en.observe(e.Observe, outcomes[i])
	}
	return writtenPages{run: with.saved, unseen: with.allNew}, nil
}

// pageEntries are the members of pages. All of them are one delivery: they are
// written together or not at all.
func pageEntries(pages []Page) []entry {
	count := 0
	for i := range pages {
		count += len(pages[i].Users) + len(pages[i].Letters)
	}
	entries := make([]entry, 0, count)
	for i := range pages {
		for j := range pages[i].Users {
			entries = append(entries, entry{command: &pages[i].Users[j]})
		}
		for j := range pages[i].Letters {
			entries = append(entries, entry{letter: &pages[i].Letters[j]})
		}
	}
	return entries
}

// applyParts sets aside what the database refuses of pages. The run is saved
// behind the last part: if that is never reached they are applied again, which
// is harmless.
func (e *Engine) applyParts(ctx context.Context, entries []entry, with *along) (writtenPages, error) {
	units := make([]unit, len(entries))
	for i := range entries {
		units[i] = entries[i : i+1]
	}
	results := make([]Result, 1)
	var changed int64
	counting := *e
	counting.Found = func(d Drift) {
		changed++
		if e.Found != nil {
			e.Found(d)
		}
	}
	done, guilty := counting.isolate(ctx, units, results)
	done = append(done, e.bury(ctx, guilty, results)...)
	if results[0].Err != nil || results[0].Busy {
		return writtenPages{busy: results[0].Busy}, results[0].Err
	}
	for _, a := range done {
		a.entry.observe(e.Observe, a.outcome)
	}
	run := with.run
	run.Counts.Letters += int64(len(guilty))
	run.Counts.Changed += changed
	with = &along{next: func(context.Context) (Run, error) { return run, nil }, kept: with.kept}
	if _, err := e.transact(ctx, nil, with); err != nil {
		return writtenPages{}, fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	return writtenPages{run: with.saved}, nil
}
