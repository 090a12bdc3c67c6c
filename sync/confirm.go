package usersync

import (
	"context"
	"errors"
	"sync"
)

// confirmations is how many users are fetched at once, and confirmedPage how
// many one transaction writes.
const (
	confirmations = 8
	confirmedPage = 500
)

// confirm makes the page that deletes those of a part who are gone: all of them
// after a second listing, else whom the provider says it does not know. Who is
// there was only hidden from the list.
func (r *Reconcile) confirm(ctx context.Context, part []UserKey, instant Micros) (page Page, hidden int64, err error) {
	if r.Fetcher == nil {
		for _, key := range part {
			page.Users = append(page.Users, r.deletion(key, instant))
		}
		return page, 0, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var running sync.WaitGroup
	slots := make(chan struct{}, confirmations)
	for _, key := range part {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			c, there, err := r.Fetcher.Fetch(ctx, key.UserID)
			mu.Lock()
			defer mu.Unlock()
			var letter interface{ DeadLetter() DeadLetter }
			switch {
			case errors.As(err, &letter):
				page.Letters = append(page.Letters, letter.DeadLetter())
				hidden++
			case err != nil:
				cancel(err)
			case there:
				page.Users = append(page.Users, c)
				hidden++
			default:
				page.Users = append(page.Users, r.deletion(key, instant))
			}
		})
	}
	running.Wait()
	return page, hidden, context.Cause(ctx)
}

// deletion is the command that deletes a user who is gone, by the instant of
// the first listing, so that whatever happened since wins.
func (r *Reconcile) deletion(key UserKey, instant Micros) Command {
	return Command{
		UserKey: key, Kind: KindDeleted, Origin: OriginReconcile,
		OccurredAt: instant, ReceivedAt: r.Backfill.Engine.Clock(), Redact: r.Redact,
	}
}

// relist reads the whole list again and returns those who are missing in it
// too.
func (r *Reconcile) relist(ctx context.Context, missing []UserKey) (still []UserKey, err error) {
	absent := make(map[UserKey]bool, len(missing))
	for _, key := range missing {
		absent[key] = true
	}
	again := r.Backfill
	engine := *again.Engine
	engine.Found = nil // it has been found
	again.Engine, again.Report = &engine, nil
	again.Seen = func(page *Page) error {
		for i := range page.Users {
			delete(absent, page.Users[i].UserKey)
		}
		for _, l := range page.Letters {
			delete(absent, UserKey{r.Provider, l.UserID})
		}
		return nil
	}
	if _, err := again.Run(ctx, Run{}); err != nil {
		return nil, err
	}
	for _, key := range missing {
		if absent[key] {
			still = append(still, key)
		}
	}
	return still, nil
}
