package usersync

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// writing is pages that are being written. result and err may be read once done
// is closed.
type writing struct {
	pages  []Page
	kept   bool // the run is kept
	done   chan struct{}
	result writtenPages
	err    error
}

// written is what was written before a run goes on.
func written(run Run) *writing {
	w := &writing{kept: run.ID != 0, done: make(chan struct{}), result: writtenPages{run: run}}
	close(w.done)
	return w
}

// errInFront ends what is behind pages that were not written. It does not wrap
// their error, which says nothing about these.
var errInFront = errors.New("the pages in front of these were not written")

// complete reports whether the pages are the last of the list.
func (w *writing) complete() bool {
	return len(w.pages) > 0 && w.pages[len(w.pages)-1].Next == ""
}

// wait returns the run as it was saved with the pages. With an error that is
// how it was before them.
func (w *writing) wait() (Run, error) {
	<-w.done
	return w.result.run, w.err
}

// begin writes pages behind those that are still being written, and makes ready
// meanwhile what can be: nearly all if unseen says that their users are most
// likely new.
func (b *Backfill) begin(ctx context.Context, pages []Page, behind *writing, unseen bool) *writing {
	w := &writing{pages: pages, kept: behind.kept, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		w.result, w.err = b.writePages(ctx, pages, behind, unseen)
		if w.err != nil {
			w.err = fmt.Errorf("page %d of the list: %w", w.result.run.Counts.Pages+1, w.err)
		}
	}()
	return w
}

// writePages applies pages, or each by itself if somebody else holds one of
// their rows: then only the page with that row waits. Their turn comes
// when those in front of them are written.
func (b *Backfill) writePages(ctx context.Context, pages []Page, behind *writing, unseen bool) (writtenPages, error) {
	turn := func(ctx context.Context) (Run, error) {
		select {
		case <-behind.done:
		case <-ctx.Done():
			return Run{}, ctx.Err()
		}
		run, err := behind.wait()
		if err != nil {
			return Run{}, errInFront
		}
		for i := range pages {
			run.add(&pages[i])
		}
		return run, nil
	}
	written, err := b.Engine.applyPages(ctx, pages, &along{next: turn, kept: behind.kept, unseen: unseen})
	if err == nil && !written.busy {
		return written, nil
	}
	run, inFront := behind.wait()
	if err == nil && inFront != nil {
		err = errInFront
	}
	for i := 0; i < len(pages) && err == nil; i++ {
		next := run
		next.add(&pages[i])
		var saved Run
		if saved, err = b.write(ctx, pages[i], next); err == nil {
			run = saved
		}
	}
	return writtenPages{run: run}, err
}

// heldRetryMax is the longest wait for a row that somebody else holds.
const heldRetryMax = time.Second

// write applies one page, again while somebody else holds one of its rows.
func (b *Backfill) write(ctx context.Context, page Page, run Run) (Run, error) {
	told := false
	for wait := busyRetry; ; wait = min(2*wait, heldRetryMax) {
		saved, busy, err := b.Engine.ApplyPage(ctx, page, run)
		if err != nil || !busy {
			return saved, err
		}
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-time.After(wait):
		}
		if wait == heldRetryMax && !told {
			told = true
			b.Engine.Log.Warn("a page of the list waits for a row that another session holds: look for a long transaction of the app's")
		}
	}
}
