package usersync

import (
	"context"
	"fmt"
	"time"
)

// writing is pages that are being written. result and err may be read once done
// is closed.
type writing struct {
	done     chan struct{}
	complete bool // they are the last of the list
	result   writtenPages
	err      error
}

// written is what was written before a run goes on.
func written(run Run) *writing {
	w := &writing{done: make(chan struct{}), result: writtenPages{run: run}}
	close(w.done)
	return w
}

// wait returns the run as it was saved with the pages. With an error that is
// how it was before them.
func (w *writing) wait() (Run, error) {
	<-w.done
	return w.result.run, w.err
}

// begin writes pages behind those that are still being written. unseen says that
// their users are most likely new: then all is made ready meanwhile.
func (b *Backfill) begin(ctx context.Context, pages []Page, behind *writing, unseen bool) *writing {
	w := &writing{done: make(chan struct{}), complete: pages[len(pages)-1].Next == ""}
	go func() {
		defer close(w.done)
		w.result, w.err = b.write(ctx, pages, behind.wait, unseen)
		if w.err != nil {
			w.err = fmt.Errorf("page %d of the list: %w", w.result.run.Counts.Pages+1, w.err)
		}
	}()
	return w
}

// write applies pages, again while somebody else holds one of their rows: then
// each by itself, so that only the one with that row waits. before waits for
// their turn, and gives the run as it was saved last.
func (b *Backfill) write(ctx context.Context, pages []Page, before func() (Run, error), unseen bool) (writtenPages, error) {
	turn := func() (Run, error) {
		run, err := before()
		return run.behind(pages), err
	}
	for {
		written, err := b.Engine.applyPages(ctx, pages, turn, unseen)
		if err == nil && !written.busy {
			return written, nil
		}
		run, _ := before()
		if err != nil {
			return writtenPages{run: run}, err
		}
		if len(pages) > 1 {
			return b.writeEach(ctx, pages, run)
		}
		select {
		case <-ctx.Done():
			return writtenPages{run: run}, ctx.Err()
		case <-time.After(busyRetry):
		}
	}
}

// writeEach writes the pages one by one.
func (b *Backfill) writeEach(ctx context.Context, pages []Page, run Run) (last writtenPages, err error) {
	last.run = run
	for i := range pages {
		run := last.run
		last, err = b.write(ctx, pages[i:i+1], func() (Run, error) { return run, nil }, false)
		if err != nil {
			return last, err
		}
	}
	return last, nil
}

// behind is the run once it has written the pages.
func (r Run) behind(pages []Page) Run {
	for i := range pages {
		r.Cursor = pages[i].Next
		r.Counts.Pages++
		r.Counts.Users += int64(len(pages[i].Users))
		r.Counts.Letters += int64(len(pages[i].Letters))
	}
	return r
}
