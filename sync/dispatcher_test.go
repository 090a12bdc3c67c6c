package usersync_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// distant is a store in memory behind a long way, that notes how many transactions are on
// their way at once, and whether two of them are about the same user.
type distant struct {
	*storetest.Memory
	way time.Duration

	dead  atomic.Bool // it refuses at once
	meet  atomic.Bool // whoever begins beside another one waits for a lock of that one's, and in vain
	waits atomic.Int64
	held  atomic.Bool // everybody waits in vain for a lock of the app's
	mu    sync.Mutex
	now   int
	most  int
	users map[usersync.UserKey]int
	met   int // users of two transactions at once
}

func (d *distant) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	others := d.count(lock.Users, 1)
	defer d.count(lock.Users, -1)
	if d.dead.Load() {
		return nil, errors.New("nobody listens")
	}
	if others && d.meet.Load() {
		d.waits.Add(1)
		time.Sleep(200 * time.Millisecond)
		lock.Waited()
	}
	if d.held.Load() {
		lock.Waited()
	}
	time.Sleep(d.way)
	return d.Memory.Update(ctx, lock, decide)
}

// count reports whether there are others on the way.
func (d *distant) count(users []usersync.UserKey, change int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now += change
	d.most = max(d.most, d.now)
	for _, u := range users {
		if d.users[u] += change; d.users[u] > 1 {
			d.met++
		}
	}
	return d.now > 1
}

// send has senders who each send one delivery after the other, and returns how long that
// took. whose says which user a delivery is about.
func (d *distant) send(t *testing.T, b *usersync.Batcher, senders, each int, whose func(sender, n int) int) time.Duration {
	t.Helper()
	began := time.Now()
	var wait sync.WaitGroup
	for sender := range senders {
		wait.Go(func() {
			for n := range each {
				if _, err := b.Submit(t.Context(), delivery(whose(sender, n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	return time.Since(began)
}

// away returns a store at such a distance, and a Batcher that has seen it.
func away(t *testing.T, way time.Duration, flights int) (*distant, *usersync.Batcher) {
	t.Helper()
	d := &distant{Memory: storetest.NewMemory(), way: way, users: map[usersync.UserKey]int{}}
	options := roomy()
	options.Flights = flights
	b := usersync.NewBatcher(storetest.Engine(d), options)
	t.Cleanup(b.Close)
	d.send(t, b, 1, 64, func(_, n int) int { return n })
	return d, b
}

// rush has 64 senders, and returns how many transactions there were at once.
func (d *distant) rush(t *testing.T, b *usersync.Batcher) int {
	t.Helper()
	d.most = 0
	d.send(t, b, 64, 20, apart)
	return d.most
}

func apart(sender, n int) int { return 1000 + 100*sender + n }

// While a transaction is on a long way, others begin: who waits does so for a part of the
// way, and not for all of it.
func TestAFarDatabaseHasSeveralTransactionsAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const way, senders, each = 6 * time.Millisecond, 64, 20
		d, b := away(t, way, 4)
		took := d.send(t, b, senders, each, apart)
		if least, most := each*way, each*way*7/4; took < least || took > most {
			t.Errorf("%d senders with %d deliveries each took %v, want %v to %v", senders, each, took, least, most)
		}
		if d.most < 2 || d.most > 4 {
			t.Errorf("at most %d transactions at once, want 2 to 4", d.most)
		}
		if rows := len(d.Rows()); rows != 64+senders*each {
			t.Errorf("%d rows", rows)
		}
	})
}

// Where it is near, or there may be one transaction only, there are no others beside it.
func TestOneTransactionAtATime(t *testing.T) {
	for name, c := range map[string]struct {
		way     time.Duration
		flights int
	}{
		"near":       {time.Millisecond, 4},
		"one writer": {6 * time.Millisecond, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				d, b := away(t, c.way, c.flights)
				if most := d.rush(t, b); most != 1 {
					t.Errorf("%d transactions at once", most)
				}
			})
		})
	}
}

// A database that is near again has one transaction at a time again.
func TestADatabaseComesNear(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d, b := away(t, 6*time.Millisecond, 4)
		d.mu.Lock()
		d.way = time.Millisecond
		d.mu.Unlock()
		d.send(t, b, 1, 64, apart)
		if most := d.rush(t, b); most != 1 {
			t.Errorf("%d transactions at once", most)
		}
	})
}

// A database that is gone says so at once, and is as far away as before when it is back.
func TestAnOutageBringsNoDatabaseNear(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d, b := away(t, 6*time.Millisecond, 4)
		d.dead.Store(true)
		if _, err := b.Submit(t.Context(), delivery(0)); !errors.Is(err, usersync.ErrNotDurable) {
			t.Errorf("got %v", err)
		}
		d.dead.Store(false)
		d.send(t, b, 1, 64, apart)
		if d.rush(t, b) < 2 {
			t.Error("there were never two transactions at once")
		}
	})
}

// Transactions about different users may meet all the same, in rows that a trigger of the
// app's changes. Then they go one at a time, the longer the more often it turns out that
// they still do, and are tried together again.
func TestTransactionsThatMeetGoAlone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const way, each, most = 6 * time.Millisecond, 400, 4
		d, b := away(t, way, most)
		d.meet.Store(true)
		took := d.send(t, b, 64, each, func(sender, n int) int { return 1000*(1+sender) + n })
		// Two for each round of the senders, as the first of them begins alone: 64, 128 and
		// 256 go alone in turn, and most of the next 512.
		if waits := d.waits.Load(); waits == 0 || waits > 5*most {
			t.Errorf("%d transactions waited for others, want 1 to %d", waits, 5*most)
		}
		if limit := 2 * each * way * 5 / 4; took > limit {
			t.Errorf("took %v, want at most %v", took, limit)
		}
		d.meet.Store(false)
		d.send(t, b, 1, 1024, apart)
		if d.rush(t, b) < 2 {
			t.Error("there were never two transactions at once again")
		}
	})
}

// That they met once or now and then is forgotten: most go together as before.
func TestTransactionsThatSeldomMeet(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d, b := away(t, 6*time.Millisecond, 4)
		for range 10 {
			d.meet.Store(true)
			d.send(t, b, 64, 20, apart)
			d.meet.Store(false)
			if d.waits.Swap(0) == 0 {
				t.Fatal("nobody met")
			}
			d.send(t, b, 1, 128, apart) // alone, and then as many that need not be
			if d.rush(t, b) < 2 {
				t.Fatal("there were never two transactions at once again")
			}
		}
	})
}

// Who waits for a lock while there is nobody else has met somebody of the app's, where to
// go alone is no help.
func TestALockOfTheAppsKeepsNobodyAlone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d, b := away(t, 6*time.Millisecond, 4)
		d.held.Store(true)
		d.send(t, b, 1, 2, apart)
		d.held.Store(false)
		if d.rush(t, b) < 2 {
			t.Error("there were never two transactions at once")
		}
	})
}

// Two transactions about one user would get in each other's way: who is about somebody on
// the way waits, and others pass.
func TestNoUserIsOnTheWayTwice(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d, b := away(t, 6*time.Millisecond, 4)
		d.send(t, b, 64, 20, func(sender, n int) int {
			if (sender+n)%2 == 0 {
				return 7
			}
			return apart(sender, n)
		})
		if d.met > 0 {
			t.Errorf("%d times a user was in two transactions at once", d.met)
		}
		if d.most < 2 {
			t.Error("there were never two transactions at once: the test says nothing")
		}
	})
}

// The last ones to wait are all about a user who is on the way.
func TestWhoWaitsForAUserGoesNext(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const way, each = 6 * time.Millisecond, 5
		d, b := away(t, way, 4)
		took := d.send(t, b, 32, each, func(int, int) int { return 7 })
		if most := (each + 1) * way * 2; took > most {
			t.Errorf("took %v, want at most %v", took, most)
		}
		if d.met > 0 {
			t.Errorf("%d times in two transactions at once", d.met)
		}
	})
}

// One of two users is on the way whenever a transaction begins. A delivery about both goes
// all the same: nobody takes the other one from it.
func TestADeliveryAboutSeveralUsersGoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const way = 6 * time.Millisecond
		d, b := away(t, way, 3)
		var others sync.WaitGroup
		for sender := range 30 {
			others.Go(func() {
				time.Sleep(time.Duration(sender%2) * way / 2)
				d.send(t, b, 1, 100, func(int, int) int { return sender % 2 })
			})
		}
		time.Sleep(20*way + way/4)
		both := delivery(0)
		both.Commands = append(both.Commands, delivery(1).Commands...)
		began := time.Now()
		if _, err := b.Submit(t.Context(), both); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 3*way {
			t.Errorf("took %v, want at most %v", took, 3*way)
		}
		others.Wait()
		if d.met > 0 {
			t.Errorf("%d times in two transactions at once", d.met)
		}
		if d.most < 2 {
			t.Error("there were never two transactions at once: the test says nothing")
		}
	})
}

func TestCloseWaitsForAllTransactions(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		d, b := away(t, 6*time.Millisecond, 4)
		results := make(chan error, 100)
		for i := range 100 {
			go func() {
				_, err := b.Submit(context.Background(), delivery(1000+i))
				results <- err
			}()
			if i%10 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		b.Close()
		for range 100 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if rows := len(d.Rows()); rows != 164 {
			t.Errorf("%d rows", rows)
		}
	})
}

// A row that somebody else holds is tried again, however many transactions there are.
func TestAHeldRowFarAway(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{Memory: storetest.NewMemory(), takes: 6 * time.Millisecond}
		options := roomy()
		options.Flights = 4
		b := start(t, g, options)
		for i := range 64 {
			if _, err := b.Submit(t.Context(), delivery(i)); err != nil {
				t.Error(err)
			}
		}
		g.held.Store("u100", struct{}{})
		delayed := make(chan error, 1)
		go func() {
			_, err := b.Submit(t.Context(), delivery(100))
			delayed <- err
		}()
		var others sync.WaitGroup
		for i := range 50 {
			others.Go(func() {
				for n := range 10 {
					if _, err := b.Submit(t.Context(), delivery(1000+100*i+n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		others.Wait()
		select {
		case err := <-delayed:
			t.Fatalf("applied under somebody else's lock: %v", err)
		default:
		}
		g.held.Delete("u100")
		if err := <-delayed; err != nil {
			t.Error(err)
		}
	})
}
