package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	usersync "usersync/sync"
)

// Whatever workers and events do at once, each event is followed by a claim of
// its user that began later.
func hydrationCrowd(t *testing.T, s Inspector) {
	e := hydrating(s)
	const users, rounds, writers, workers = 20, 15, 4, 3
	var mu sync.Mutex
	asked, seen := map[string]int{}, map[string]int{} // events committed; of them known when a claim had been made
	var clock atomic.Int64
	clock.Store(int64(never))
	work := func() (some bool) {
		// Many loans end before the work does, none at the instant of another
		// claim.
		at := usersync.Micros(clock.Add(10))
		claimed, err := s.Claim(t.Context(), "p", at, at+15, 7)
		if err != nil {
			t.Error(err)
			return false
		}
		if err := s.Settle(t.Context(), at, claimed, nil); err != nil {
			t.Error(err)
		}
		mu.Lock()
		for _, h := range claimed {
			seen[h.UserID] += int(h.Requests)
		}
		mu.Unlock()
		return len(claimed) > 0
	}
	var crowd, claimers sync.WaitGroup
	stop := make(chan struct{})
	for range workers {
		claimers.Go(func() {
			for {
				work()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for w := range writers {
		crowd.Go(func() {
			for round := range rounds {
				var batch []*usersync.Delivery
				for u := range users {
					user := fmt.Sprintf("u%02d", (u*[writers]int{1, 3, 7, 9}[w]+round)%users)
					batch = append(batch, &usersync.Delivery{Commands: []usersync.Command{thinOne(user, fmt.Sprint(w, ".", round), usersync.KindUpdated, round)}})
				}
				for i, r := range e.Apply(t.Context(), batch) {
					for r.Busy && r.Err == nil {
						r = e.Apply(t.Context(), batch[i:i+1])[0]
					}
					if r.Err != nil {
						t.Error(r.Err)
						continue
					}
					mu.Lock()
					asked[batch[i].Commands[0].UserID]++
					mu.Unlock()
				}
			}
		})
	}
	crowd.Wait()
	close(stop)
	claimers.Wait()
	for work() {
	}
	if claimed, users := claim(t, s, 2*never, 99); len(claimed) > 0 {
		t.Errorf("%s are left", users)
	}
	for user, n := range asked {
		if n != rounds*writers || seen[user] < n {
			t.Errorf("%s: %d events, %d of them seen", user, n, seen[user])
		}
	}
}
