package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	usersync "usersync/sync"
)

// A first backfill takes users to be new without looking: who was erased before,
// or is erased meanwhile, is not among them.
func erasedInBackfill(t *testing.T, s Inspector) {
	list := listOf(16, 5)
	gone := map[string]bool{"u3": true, "u1001": true, "u2600": true, "u3999": true}
	for user := range gone {
		erase(t, s, user)
	}
	reached := make(chan struct{})
	watched := &watchedList{pages: list, reached: reached}
	var wait sync.WaitGroup
	wait.Go(func() {
		<-reached
		for n := range 20 {
			user := fmt.Sprint("u", 190*n+7) // some are written already, some are about to be
			if _, err := s.Erase(context.Background(), usersync.UserKey{Provider: "p", UserID: user}, Base); err != nil {
				t.Error(err)
			}
		}
	})
	for n := range 20 {
		gone[fmt.Sprint("u", 190*n+7)] = true
	}
	run, err := (&usersync.Backfill{Lister: watched, Engine: Engine(s), InFlight: 4, Together: 600}).Run(t.Context(), usersync.Run{})
	wait.Wait()
	if err != nil || run.Counts.Users != 4000 || run.Counts.Letters != 0 {
		t.Fatalf("%+v, %v", run.Counts, err)
	}
	var left []usersync.Command
	for _, c := range list.all() {
		if !gone[c.UserID] {
			left = append(left, c)
		}
	}
	compareFold(t, s, left)
	// The next list shows them again.
	if counts := backfill(t, s, list); counts.Changed != 0 {
		t.Errorf("again: %+v", counts)
	}
	compareFold(t, s, left)
}

// watchedList says when its fifth page is asked for.
type watchedList struct {
	pages
	once    sync.Once
	reached chan struct{}
}

// Page implements usersync.Lister.
func (w *watchedList) Page(ctx context.Context, cursor string) (usersync.Page, error) {
	if cursor == "5" {
		w.once.Do(func() { close(w.reached) })
	}
	return w.pages.Page(ctx, cursor)
}

// 300 users are erased, each while events, dead letters and a backfill about them
// are on their way: nobody comes back. Others are not touched.
func erasedInACrowd(t *testing.T, s Inspector) {
	const users = 300
	random := rand.New(rand.NewPCG(300, 4))
	var stream []*usersync.Delivery
	var stay []usersync.Command
	for n := range users {
		user := fmt.Sprint("gone_", n)
		for _, c := range everyWay(user) {
			stream = append(stream, &usersync.Delivery{Commands: []usersync.Command{c}})
		}
		stream = append(stream, &usersync.Delivery{Letters: []usersync.DeadLetter{{Provider: "p", UserID: user, Reason: "bad_field", Payload: []byte(user), ReceivedAt: Base}}})
		other := withEmail(command1(fmt.Sprint("stays_", n), "c", usersync.KindCreated, n), "stays@x")
		stay = append(stay, other)
		stream = append(stream, &usersync.Delivery{Commands: append(everyWay(user)[:2], other)})
	}
	random.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })
	list := pages{nil, nil, nil}
	for n := range users {
		list[n%3] = append(list[n%3], listed(fmt.Sprint("gone_", n), 8))
	}

	work := make(chan *usersync.Delivery, len(stream))
	for _, d := range stream {
		work <- d
	}
	close(work)
	var wait sync.WaitGroup
	var applied atomic.Int64
	turns := make(chan struct{}, len(stream)) // one for each who is to be erased by now
	each := int64(len(stream) / users)
	for range writers {
		wait.Go(func() {
			e := asking(s)
			for d := range work {
				for {
					r := e.Apply(t.Context(), []*usersync.Delivery{d})[0]
					if r.Err != nil {
						t.Error(r.Err)
					}
					if !r.Busy {
						break
					}
				}
				if applied.Add(1)%each == 0 {
					turns <- struct{}{}
				}
			}
		})
	}
	wait.Go(func() {
		for range 3 {
			b := usersync.Backfill{Lister: list, Engine: Engine(s), InFlight: 2, Together: 600}
			if _, err := b.Run(t.Context(), usersync.Run{}); err != nil {
				t.Error(err)
			}
		}
	})
	removed := 0
	for _, n := range random.Perm(users) {
		<-turns
		if done := erase(t, s, fmt.Sprint("gone_", n)); !done.Nothing() {
			removed++
		}
	}
	wait.Wait()
	if removed == 0 {
		t.Error("nobody was there when they were erased: the test shows nothing")
	}
	compareFold(t, s, stay)
	if claims, letters := len(s.Claims()), len(s.Letters()); claims != users || letters != 0 {
		t.Errorf("%d claims and %d dead letters, want %d and none", claims, letters, users)
	}
	if waiting, err := s.Claim(t.Context(), "p", Base+1e15, Base+1e15, users); err != nil || len(waiting) != 0 {
		t.Errorf("%d wait to be fetched, %v", len(waiting), err)
	}
	t.Logf("%d of %d were there when they were erased, 0 came back", removed, users)
}
