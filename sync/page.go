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
	written, err := e.applyPages(ctx, []Page{page}, run, false)
	return written.run, written.busy, err
}

// writtenPages is what became of pages.
type writtenPages struct {
	run    Run // as it was saved
	busy   bool
	unseen bool // all users were new
}

// applyPages is ApplyPage for several pages that follow each other. unseen says
// that their users are most likely new.
func (e *Engine) applyPages(ctx context.Context, pages []Page, run Run, unseen bool) (writtenPages, error) {
	entries := pageEntries(pages)
	with := &along{run: run, unseen: unseen && !e.DryRun}
	outcomes, err := e.transact(ctx, entries, with)
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		return e.applyParts(ctx, entries, run)
	case err != nil:
		return writtenPages{run: run}, fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	for i, en := range entries {
		if outcomes[i] == OutcomeNone {
			return writtenPages{run: run, busy: true}, nil
		}
		en.observe(e.Observe, outcomes[i])
	}
	return writtenPages{run: with.run, unseen: with.allNew}, nil
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

// applyParts sets aside what the database refuses of a page. The run is saved
// behind the last part: if that is never reached the page is applied again,
// which is harmless.
func (e *Engine) applyParts(ctx context.Context, entries []entry, run Run) (writtenPages, error) {
	units := make([]unit, len(entries))
	for i := range entries {
		units[i] = entries[i : i+1]
	}
	results := make([]Result, 1)
	done, guilty := e.isolate(ctx, units, results)
	done = append(done, e.bury(ctx, guilty, results)...)
	if results[0].Err != nil || results[0].Busy {
		return writtenPages{run: run, busy: results[0].Busy}, results[0].Err
	}
	for _, a := range done {
		a.entry.observe(e.Observe, a.outcome)
	}
	with := &along{run: run}
	with.run.Counts.Letters += int64(len(guilty))
	if _, err := e.transact(ctx, nil, with); err != nil {
		return writtenPages{run: run}, fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	return writtenPages{run: with.run}, nil
}

// along is what is written along with the entries of a list, and what is found
// out on the way.
type along struct {
	run    Run
	unseen bool // the users are most likely new
	allNew bool // they were
}

// decided adds the run to the changes, unless a row has to be waited for: then
// nothing of the pages is written. The run counts the visible changes.
func (a *along) decided(d *decision, known Known) {
	made := len(known.made())
	a.allNew = made == len(known.Users) && made > 0
	saved := a.run
	saved.Counts.Changed += d.changes.visible()
	d.changes.Run = &saved
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
