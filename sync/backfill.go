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
	// Report, if set, is told the progress after each page.
	Report func(Counts)
	// Seen, if set, is shown each page once it is written; an error ends the run.
	Seen func(*Page) error
}

// Run reads pages from run.Cursor to the end of the list and writes each, with
// the run itself, in one transaction. The next pages are fetched while one is
// written. It returns the run as it was last saved, also with an error: to go
// on, call it again with that.
func (b *Backfill) Run(ctx context.Context, run Run) (Run, error) {
	if run.listed() {
		return run, nil // interrupted between the last page and the record of the end
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends what was asked for beyond the last page
	for f := range b.fetchAhead(ctx, run.Cursor) {
		<-f.done
		if f.err != nil {
			return run, fmt.Errorf("page %d of the list: %w", run.Counts.Pages+1, f.err)
		}
		next := run
		next.add(&f.page)
		saved, err := b.write(ctx, f.page, next)
		if err != nil {
			return run, fmt.Errorf("page %d of the list: %w", next.Counts.Pages, err)
		}
		run = saved
		if b.Seen != nil {
			if err := b.Seen(&f.page); err != nil {
				return run, err
			}
		}
		if b.Report != nil {
			b.Report(run.Counts)
		}
		if f.page.Next == "" {
			return run, nil
		}
	}
	return run, ctx.Err()
}

// write applies one page, again while somebody else holds one of its rows.
func (b *Backfill) write(ctx context.Context, page Page, run Run) (Run, error) {
	for {
		saved, busy, err := b.Engine.ApplyPage(ctx, page, run)
		if err != nil || !busy {
			return saved, err
		}
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-time.After(busyRetry):
		}
	}
}

// fetch is a page that is on its way. page and err may be read once done is
// closed.
type fetch struct {
	done chan struct{}
	page Page
	err  error
}

// fetchAhead asks for the pages from cursor on and gives them in their order.
// It goes on past the end of the list until ctx ends.
func (b *Backfill) fetchAhead(ctx context.Context, cursor string) <-chan *fetch {
	window := make(chan *fetch, max(b.InFlight, 1)-1)
	go func() {
		defer close(window)
		for {
			f := &fetch{done: make(chan struct{})}
			go func(cursor string) {
				defer close(f.done)
				f.page, f.err = b.Lister.Page(ctx, cursor)
			}(cursor)
			select {
			case window <- f:
			case <-ctx.Done():
				return
			}
			next, known := b.Lister.After(cursor)
			if !known {
				<-f.done
				if next = f.page.Next; f.err != nil || next == "" {
					return
				}
			}
			cursor = next
		}
	}()
	return window
}
