package usersync

import (
	"context"
	"fmt"
	"time"
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
	novelty := novelty(0)
	for {
		pages, err := ahead.pages(novelty.together(b.Together))
		if err != nil {
			return run, fmt.Errorf("page %d of the list: %w", run.Counts.Pages+1, err)
		}
		if len(pages) == 0 {
			return run, ctx.Err()
		}
		written, err := b.write(ctx, pages, run, novelty.unseen())
		if run = written.run; err != nil {
			return run, fmt.Errorf("page %d of the list: %w", run.Counts.Pages+1, err)
		}
		novelty.learn(written.unseen)
		if b.Report != nil {
			b.Report(run.Counts)
		}
		if run.Cursor == "" {
			return run, nil
		}
	}
}

// write applies pages, again while somebody else holds one of their rows: then
// each by itself, so that only the one with that row waits.
func (b *Backfill) write(ctx context.Context, pages []Page, run Run, unseen bool) (writtenPages, error) {
	for {
		written, err := b.Engine.applyPages(ctx, pages, run.behind(pages), unseen)
		switch {
		case err == nil && !written.busy:
			return written, nil
		case err != nil:
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
func (b *Backfill) writeEach(ctx context.Context, pages []Page, run Run) (written writtenPages, err error) {
	written.run = run
	for i := range pages {
		if written, err = b.write(ctx, pages[i:i+1], written.run, false); err != nil {
			return written, err
		}
	}
	return written, nil
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
