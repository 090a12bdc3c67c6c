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
}

// Run reads pages from run.Cursor to the end of the list and writes them, with
// the run itself, one or several in a transaction. The next pages are fetched
// while some are written. It returns the run as it was last saved, also with an
// error: to go on, call it again with that.
func (b *Backfill) Run(ctx context.Context, run Run) (Run, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends what was asked for beyond the last page
	ahead := &ahead{window: b.fetchAhead(ctx, run.Cursor)}
	var novelty novelty
	unseen := func() bool { return b.Together > 0 && novelty.unseen() }
	last := written(run)
	for {
		pages, failed := ahead.pages(novelty.together(b.Together), last.done)
		var next *writing
		if len(pages) > 0 && unseen() {
			next = b.begin(ctx, pages, last, true) // made ready while the last ones are written
		}
		saved, err := last.wait()
		if err != nil {
			if next != nil {
				_, _ = next.wait() // it fails because this one did
			}
			return saved, err
		}
		novelty.learn(last.result.unseen)
		if b.Report != nil && saved.Counts.Pages > run.Counts.Pages {
			b.Report(saved.Counts)
		}
		switch run = saved; {
		case failed != nil:
			return run, fmt.Errorf("page %d of the list: %w", run.Counts.Pages+1, failed)
		case len(pages) > 0 && next == nil:
			next = b.begin(ctx, pages, last, unseen())
		case len(pages) == 0 && last.complete:
			return run, nil
		case len(pages) == 0:
			return run, ctx.Err()
		}
		last = next
	}
}
