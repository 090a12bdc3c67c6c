package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// moody is a distant store whose transactions take any time, fail, hang until they are
// given up, wait for a lock, and find rows held by somebody else. Now and then it is near for a while.
type moody struct {
	distant
	random *rand.Rand
	near   int // transactions left
	held   map[usersync.UserKey]time.Time
	calm   bool
}

func (m *moody) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	m.count(lock.Users, 1)
	defer m.count(lock.Users, -1)
	mood, way := m.next(lock.Users)
	switch {
	case mood == 0:
		<-ctx.Done()
		return nil, ctx.Err()
	case mood < 4:
		return nil, errors.New("nobody listens")
	}
	if mood < 6 {
		lock.Waited()
	}
	time.Sleep(way)
	return m.Memory.Update(ctx, lock, func(known usersync.Known) usersync.Changes {
		m.mu.Lock()
		defer m.mu.Unlock()
		for i, u := range lock.Users {
			if time.Now().Before(m.held[u]) {
				known.Users[i] = usersync.KnownUser{}
			}
		}
		return decide(known)
	})
}

// next says in which mood the store is, of a hundred, and how long the way is; it has
// somebody hold one of the rows.
func (m *moody) next(users []usersync.UserKey) (mood int, way time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calm {
		return 99, 3 * time.Millisecond
	}
	if m.random.IntN(4) == 0 {
		m.held[users[m.random.IntN(len(users))]] = time.Now().Add(time.Duration(m.random.IntN(300)) * time.Millisecond)
	}
	if m.random.IntN(300) == 0 {
		m.near = 150
	}
	if m.near > 0 {
		m.near--
		return m.random.IntN(100), time.Millisecond
	}
	return m.random.IntN(100), 3*time.Millisecond + time.Duration(m.random.IntN(8000))*time.Microsecond
}

// becalm ends all of that.
func (m *moody) becalm() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calm, m.held = true, nil
}

// Whatever the store does and whoever leaves: everybody is answered by the deadline, what
// was acknowledged is there, no user is in two transactions at once, and nothing is left
// that would keep the next one waiting.
func TestSeveralTransactionsAtRandom(t *testing.T) {
	var several atomic.Int64
	t.Cleanup(func() {
		if several.Load() == 0 {
			t.Error("there were never two transactions at once: the test says nothing")
		}
	})
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				if anything(t, rand.New(rand.NewPCG(seed, 0))) > 1 {
					several.Add(1)
				}
			})
		})
	}
}

// anything returns how many transactions there were at once.
func anything(t *testing.T, random *rand.Rand) (most int) {
	m := &moody{distant: distant{Memory: storetest.NewMemory(), users: map[usersync.UserKey]int{}}, random: rand.New(rand.NewPCG(random.Uint64(), 0)), held: map[usersync.UserKey]time.Time{}}
	options := usersync.BatcherOptions{Queue: 1 + random.IntN(40), Batch: 1 + random.IntN(40), Deadline: time.Second, Flights: 1 + random.IntN(5)}
	closesEarly := random.IntN(3) == 0
	b := usersync.NewBatcher(storetest.Engine(m), options)
	acked := &sync.Map{}
	var wait sync.WaitGroup
	senders, users := 1+random.IntN(80), 1+random.IntN(60)
	for range senders {
		own := rand.New(rand.NewPCG(random.Uint64(), 0))
		wait.Go(func() {
			for range 30 {
				sendAnything(t, b, own, users, acked, options.Deadline)
			}
		})
	}
	if closesEarly {
		time.Sleep(200 * time.Millisecond)
		b.Close()
	}
	wait.Wait()
	if !closesEarly {
		m.becalm()
		time.Sleep(options.Deadline) // for what hangs
		began := time.Now()
		if _, err := b.Submit(t.Context(), delivery(0)); err != nil || time.Since(began) > 3*time.Millisecond {
			t.Errorf("afterwards: %v after %v", err, time.Since(began))
		}
		b.Close()
	}
	synctest.Wait()
	rows := m.Rows()
	acked.Range(func(user, _ any) bool {
		if _, there := rows[user.(usersync.UserKey)]; !there {
			t.Errorf("%v was acknowledged and has no row", user)
		}
		return true
	})
	if m.met > 0 {
		t.Errorf("%d times a user was in two transactions at once", m.met)
	}
	if m.most > options.Flights {
		t.Errorf("%d transactions at once, of %d", m.most, options.Flights)
	}
	return m.most
}

// sendAnything sends a delivery about one user or a few, some of whom nobody else is
// about, and may leave before the answer.
func sendAnything(t *testing.T, b *usersync.Batcher, random *rand.Rand, users int, acked *sync.Map, deadline time.Duration) {
	if random.IntN(3) == 0 {
		time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
	}
	d := &usersync.Delivery{}
	for range 1 + max(0, random.IntN(14)-10) {
		user := random.IntN(users)
		if random.IntN(3) == 0 {
			user = random.IntN(1_000_000)
		}
		c := delivery(user).Commands[0]
		c.EventID = fmt.Sprint("e", random.Uint64())
		d.Commands = append(d.Commands, c)
	}
	ctx := t.Context()
	if random.IntN(10) == 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(30))*time.Millisecond)
		defer cancel()
		ctx = limited
	}
	began := time.Now()
	_, err := b.Submit(ctx, d)
	if took := time.Since(began); took > deadline {
		t.Errorf("answered after %v", took)
	}
	if err == nil {
		for i := range d.Commands {
			acked.Store(d.Commands[i].UserKey, true)
		}
	} else if !errors.Is(err, usersync.ErrNotDurable) {
		t.Errorf("got %v", err)
	}
}
