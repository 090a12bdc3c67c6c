package usersync

import (
	"context"
	"fmt"
)

// Backfill writes a provider's whole list into the table, beside live events:
// listed users are stamped so that newer facts win over them.
type Backfill struct {
	Lister   Lister
	Engine   *Engine
	InFlight int // pages that are asked for ahead, where the paging allows it; at least 1
	// Together bounds the users of those pages that wait already and are
	// written in one transaction; 0 writes every page by itself.
	Together int
	// Report, if set, is told the progress after each transaction.
	Report func(Counts)
	// Seen, if set, is shown each page once it is written; an error ends the run.
	// Meanwhile the Engine may be about the next pages.
	Seen func(*Page) error
}

// Run reads pages from run.Cursor to the end of the list and writes them, with
// the run itself, one or several in a transaction. The next pages are fetched
// while some are written. It returns the run as it was last saved, also with an
// error: to go on, call it again with that.
func (b *Backfill) Run(ctx context.Context, run Run) (Run, error) {
	if run.listed() {
		return run, nil // interrupted between the last page and the record of the end
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends what was asked for beyond the last page
	ahead := &ahead{window: b.fetchAhead(ctx, run.Cursor)}
	var novelty novelty
	last := written(run)
	for {
		pages, failed := ahead.pages(novelty.together(b.Together), last.done)
		var next *writing
		if len(pages) > 0 && b.Together > 0 {
			next = b.begin(ctx, pages, last, novelty.unseen()) // made ready while the last ones are written
		}
		saved, err := last.wait()
		run = saved // with an error too: some of the pages may have been written
		if err == nil {
			novelty.learn(last.result.unseen)
			err = b.tell(last)
		}
		switch {
		case err != nil && next != nil:
			cancel()
			if saved, failed := next.wait(); failed == nil {
				run = saved
			}
			return run, err
		case err != nil:
			return run, err
		case failed != nil:
			return run, fmt.Errorf("page %d of the list: %w", run.Counts.Pages+1, failed)
		case len(pages) > 0 && next == nil:
			next = b.begin(ctx, pages, last, false)
		case len(pages) == 0 && last.complete():
			return run, nil
		case len(pages) == 0:
			return run, ctx.Err()
		}
		last = next
	}
}

// tell shows pages that were written, and the progress.
func (b *Backfill) tell(w *writing) error {
	for i := range w.pages {
		if b.Seen != nil {
			if err := b.Seen(&w.pages[i]); err != nil {
				return err
			}
		}
	}
	if b.Report != nil && len(w.pages) > 0 {
		b.Report(w.result.run.Counts)
	}
	return nil
}
