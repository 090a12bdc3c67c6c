package usersync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// distant is a store in memory whose transactions take their time, and which knows how
// many run at once and whether two are about one user.
type distant struct {
	*storetest.Memory
	takes func() time.Duration

	mu       sync.Mutex
	users    map[usersync.UserKey]bool
	running  int
	most     int
	together int // that two transactions were about one user
	count    int
	held     int // more so often it says that a row is held
}

func newDistant(takes time.Duration) *distant {
	return &distant{Memory: storetest.NewMemory(), users: map[usersync.UserKey]bool{}, takes: func() time.Duration { return takes }}
}

func (s *distant) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	s.mu.Lock()
	s.count++
	s.running++
	s.most = max(s.most, s.running)
	for _, u := range lock.Users {
		if s.users[u] {
			s.together++
		}
		s.users[u] = true
	}
	hold := s.held > 0
	if hold {
		s.held--
	}
	s.mu.Unlock()
	time.Sleep(s.takes())
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running--
		for _, u := range lock.Users {
			delete(s.users, u)
		}
	}()
	return s.Memory.Update(ctx, lock, func(known usersync.Known) usersync.Changes {
		if hold && len(known.Users) > 0 {
			known.Users[0] = usersync.KnownUser{}
		}
		return decide(known)
	})
}

func lanes(n int) usersync.BatcherOptions {
	options := roomy()
	options.Lanes = n
	return options
}

// submitAll submits a delivery about each user at once and returns how long that took.
func submitAll(t *testing.T, b *usersync.Batcher, pause time.Duration, users ...int) time.Duration {
	t.Helper()
	began := time.Now()
	var wait sync.WaitGroup
	for _, user := range users {
		wait.Go(func() {
			if outcome, err := b.Submit(t.Context(), delivery(user)); err != nil || outcome == usersync.OutcomeNone {
				t.Errorf("%v %v", outcome, err)
			}
		})
		time.Sleep(pause)
	}
	wait.Wait()
	return time.Since(began)
}

// learn has the batcher learn how far the database is, and returns how many transactions
// there were meanwhile.
func learn(t *testing.T, b *usersync.Batcher) int {
	t.Helper()
	for range 32 {
		submitAll(t, b, 0, 0)
	}
	return 32
}

// A distant database is waited for by two transactions, mostly; one near by a single one.
func TestADistantDatabaseIsWaitedForTogether(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, test := range []struct {
			lanes int
			takes time.Duration
			most  int
		}{
			{0, 20 * time.Millisecond, 1},
			{1, 20 * time.Millisecond, 1},
			{2, 20 * time.Millisecond, 2},
			{4, 20 * time.Millisecond, 3}, // for a moment, at the end of the first
			{4, 5 * time.Millisecond, 3},
			{4, 4 * time.Millisecond, 1},
		} {
			store := newDistant(test.takes)
			b := usersync.NewBatcher(storetest.Engine(store), lanes(test.lanes))
			learned := learn(t, b)
			took := submitAll(t, b, time.Millisecond, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
			b.Close()
			if store.most != test.most || len(store.Rows()) != 13 {
				t.Errorf("%+v: %d transactions, %d at once, %d rows, %v", test, store.count-learned, store.most, len(store.Rows()), took)
			}
		}
	})
}

// One quick transaction in a while is enough: the others wait for a processor, or a lock.
func TestANearDatabaseMayBeSlow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		store := newDistant(0)
		n := 0
		store.takes = func() time.Duration {
			if n++; n%30 == 0 {
				return time.Millisecond
			}
			return 50 * time.Millisecond
		}
		b := usersync.NewBatcher(storetest.Engine(store), lanes(4))
		defer b.Close()
		learn(t, b)
		submitAll(t, b, 5*time.Millisecond, slices.Repeat([]int{1, 2, 3, 4, 5, 6, 7, 8, 9}, 20)...)
		if store.most != 1 {
			t.Errorf("%d transactions at once", store.most)
		}
	})
}

// Who is about a user of a transaction that runs waits for its end, and not for the
// database to say that the row is locked.
func TestOneUserIsInOneTransaction(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		store := newDistant(20 * time.Millisecond)
		b := usersync.NewBatcher(storetest.Engine(store), lanes(4))
		defer b.Close()
		learn(t, b)
		took := submitAll(t, b, 2*time.Millisecond, 1, 1, 2, 1, 3, 1, 1, 4)
		if store.most == 1 || store.together > 0 || took > 120*time.Millisecond {
			t.Errorf("%d users in two transactions, all took %v", store.together, took)
		}
	})
}

// Whatever comes, is held, takes long or is given up: each delivery is answered, and what
// was answered with success is there.
func TestLanesLoseNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		store := newDistant(0)
		store.takes = func() time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return 15*time.Millisecond + time.Duration(random.IntN(12_000))*time.Microsecond
		}
		b := usersync.NewBatcher(storetest.Engine(store), lanes(3))
		learn(t, b)
		var applied sync.Map
		var refused atomic.Int64
		var wait sync.WaitGroup
		for i := range 2000 {
			if i%50 == 0 {
				store.mu.Lock()
				store.held += 3
				store.mu.Unlock()
			}
			ctx := t.Context()
			if i%7 == 0 {
				short, cancel := context.WithTimeout(ctx, 17*time.Millisecond)
				defer cancel()
				ctx = short
			}
			wait.Go(func() {
				user := 1 + i%300
				if _, err := b.Submit(ctx, delivery(user)); err != nil {
					refused.Add(1)
					return
				}
				applied.Store(fmt.Sprint("u", user), true)
			})
			time.Sleep(200 * time.Microsecond)
		}
		b.Close()
		wait.Wait()
		synctest.Wait()
		rows := store.Rows()
		applied.Range(func(user, _ any) bool {
			if _, there := rows[usersync.UserKey{Provider: "authon", UserID: user.(string)}]; !there {
				t.Errorf("%s was answered and is not there", user)
			}
			return true
		})
		if store.together > 0 || store.most != 3 || refused.Load() == 0 || refused.Load() > 2000/7+1 {
			t.Errorf("%d users in two transactions, %d at once, %d refused", store.together, store.most, refused.Load())
		}
	})
}
