package main

import (
	"context"
	"fmt"

	usersync "usersync/sync"
)

// watched is a list that tells the progress how long it is.
type watched struct {
	usersync.Lister
	show *progress
}

// Page implements usersync.Lister.
func (w watched) Page(ctx context.Context, cursor string) (usersync.Page, error) {
	page, err := w.Lister.Page(ctx, cursor)
	w.show.expect(page.Total)
	return page, err
}

// watch makes the progress of a backfill. last is how many users the last list
// had, which is what is expected of one that does not say how long it is.
func (s *progress) watch(job *usersync.Backfill, last int64) {
	s.listen()
	s.expect(last)
	job.Lister = watched{job.Lister, s}
	job.Report = func(c usersync.Counts) {
		s.report(c.Users, fmt.Sprintf("%d pages, %d changed", c.Pages, c.Changed))
	}
}
