package providers

import (
	"context"
	"sync"

	usersync "usersync/sync"
)

// detailsInFlight bounds the users of one page that are fetched at once; the
// rate limit holds for them as well.
const detailsInFlight = 8

// detail is what became of one listed user.
type detail struct {
	command usersync.Command
	letter  *usersync.DeadLetter
	found   bool
	err     error
}

// detailed fetches every user of a page. One that is gone by then is as one
// that was not listed.
func (l *Lister) detailed(ctx context.Context, s sheet) (users []usersync.Command, letters []usersync.DeadLetter, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	details := make([]detail, len(s.items))
	slots := make(chan struct{}, detailsInFlight)
	var running sync.WaitGroup
	for i, item := range s.items {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			d := &details[i]
			if *d = l.detail(ctx, item, s.seen); d.err != nil {
				cancel(d.err) // the others would be thrown away
			}
		})
	}
	running.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, nil, err
	}
	for _, d := range details {
		switch {
		case d.letter != nil:
			letters = append(letters, *d.letter)
		case d.found:
			users = append(users, d.command)
		}
	}
	return users, letters, nil
}

// detail fetches one user of a page.
func (l *Lister) detail(ctx context.Context, item string, at seen) (d detail) {
	if d.err = context.Cause(ctx); d.err != nil {
		return d
	}
	id, wrong := l.read.idOf(item)
	if wrong != nil {
		letter := l.read.letter(item, "", wrong, at)
		d.letter = &letter
		return d
	}
	d.command, d.letter, d.found, d.err = l.details.fetch(ctx, id, l.budget)
	return d
}
