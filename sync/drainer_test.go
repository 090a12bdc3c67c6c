package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// One user at whose row every transaction fails, however many requests are about
// them, keeps nobody else waiting: neither what is spooled nor what arrives.
func TestOneRowAtWhichTheDatabaseFails(t *testing.T) {
	t.Parallel()
	for _, bad := range []int{1, 30, 700} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSafe(t, &gate{}, &pile{})
				gone := errors.New("gone")
				s.fail.Store(&gone)
				spool := func(user int) {
					if outcome, err := s.submit(delivery(user)); err != nil || outcome != usersync.OutcomeSpooled {
						t.Fatalf("%v %v", outcome, err)
					}
				}
				for range bad {
					spool(0)
				}
				for user := range 2000 {
					spool(1 + user)
				}
				s.spoilt.Store("u0", errors.New("its page cannot be read"))
				s.fail.Store(nil)
				defer s.run()()
				time.Sleep(time.Minute)
				synctest.Wait()
				if len(s.Rows()) != 2000 || s.size() != bad || s.breaker.Away() != nil {
					t.Errorf("%d rows, %d spooled, %v", len(s.Rows()), s.size(), s.breaker.Away())
				}
				if outcome, err := s.submit(delivery(5000)); err != nil || outcome != usersync.OutcomeApplied {
					t.Errorf("%v %v", outcome, err)
				}
				if n := s.turns(); n != 2 {
					t.Errorf("the database went away and came back %d times, want once", n)
				}
				if bad == 1 {
					probes := s.probes()
					time.Sleep(10 * time.Minute)
					synctest.Wait()
					if n := s.probes() - probes; n > 25 {
						t.Errorf("tried %d times in 10 minutes", n)
					}
				}
				s.spoilt.Delete("u0")
				time.Sleep(time.Minute)
				synctest.Wait()
				if len(s.Rows()) != 2002 || s.size() != 0 {
					t.Errorf("%d rows, %d spooled", len(s.Rows()), s.size())
				}
			})
		})
	}
}

// A database that answers and takes nothing is away all the same.
func TestADatabaseThatAnswersAndTakesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t, &gate{}, &pile{})
		for user := range 1000 {
			s.spoilt.Store(fmt.Sprint("u", user), errors.New("its disk is full"))
		}
		defer s.run()()
		for user := range 1000 {
			if outcome, err := s.submit(delivery(user)); err != nil || outcome != usersync.OutcomeSpooled {
				t.Fatalf("%v %v", outcome, err)
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s.breaker.Away() == nil || s.turns() > 5 {
			t.Errorf("%v, turned %d times", s.breaker.Away(), s.turns())
		}
		s.spoilt.Clear()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(s.Rows()) != 1000 || s.size() != 0 || s.breaker.Away() != nil {
			t.Errorf("%d rows, %d spooled, %v", len(s.Rows()), s.size(), s.breaker.Away())
		}
	})
}

// A spool that cannot be read is no reason to keep deliveries from a database that
// is back.
func TestASpoolThatCannotBeReadKeepsNobodyFromTheDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pile{unreadable: errors.New("input/output error"), failing: errors.New("input/output error")}
		s := newSafe(t, &gate{}, p)
		gone := errors.New("gone")
		s.fail.Store(&gone)
		if _, err := s.submit(delivery(0)); !errors.Is(err, usersync.ErrNotDurable) {
			t.Errorf("%v", err)
		}
		s.fail.Store(nil)
		defer s.run()()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if outcome, err := s.submit(delivery(1)); err != nil || outcome != usersync.OutcomeApplied {
			t.Errorf("%v %v", outcome, err)
		}
		// It is tried again, but each attempt reads all that is there.
		before := p.attempts()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := p.attempts() - before; n < 15 || n > 25 {
			t.Errorf("read %d times in 10 minutes", n)
		}
	})
}

// A database that hangs in the middle of a drain ends it, also where nobody limits it.
func TestADrainOfADatabaseThatHangsEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t, &gate{}, &pile{})
		gone := errors.New("gone")
		s.fail.Store(&gone)
		if outcome, err := s.submit(delivery(0)); err != nil || outcome != usersync.OutcomeSpooled {
			t.Fatalf("%v %v", outcome, err)
		}
		s.deaf.Store(true)
		if left, err := s.drainer.Drain(context.Background(), func(int) {}); left != 1 || !errors.Is(err, gone) {
			t.Errorf("left %d, %v", left, err)
		}
	})
}

// Only the Drainer looks whether a database that comes back is fit for use, so until it
// has nobody else writes there: neither what begins meanwhile, nor does what had begun
// before and succeeds say that it is back.
func TestNobodyWritesBeforeTheDatabaseIsFitForUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{Memory: storetest.NewMemory()}
		s := newSafe(t, g, &pile{})
		pending := errors.New("a migration is pending")
		probe := s.drainer.Probe
		var fit atomic.Bool
		s.drainer.Probe = func(ctx context.Context) error {
			if !fit.Load() {
				return pending
			}
			return probe(ctx)
		}
		slow := &slowStore{Store: g, begun: make(chan struct{}), end: make(chan struct{})}
		began := make(chan usersync.Result, 1)
		go func() {
			began <- storetest.Engine(s.breaker.Watch(slow)).Apply(t.Context(), []*usersync.Delivery{delivery(1)})[0]
		}()
		<-slow.begun
		s.breaker.Tell(errors.New("away at the start"))
		defer s.run()()
		close(slow.end)
		if r := <-began; r.Err != nil {
			t.Error(r.Err)
		}
		// As a letter that is due, a fetched user, or one that the app sends.
		others := storetest.Engine(s.breaker.Watch(g))
		for range 5 {
			time.Sleep(time.Second)
			if r := others.Apply(t.Context(), []*usersync.Delivery{delivery(2)})[0]; !errors.Is(r.Err, usersync.ErrNotDurable) {
				t.Errorf("%+v", r)
			}
			if outcome, err := s.submit(delivery(3)); err != nil || outcome != usersync.OutcomeSpooled {
				t.Errorf("%v %v", outcome, err)
			}
		}
		if len(s.Rows()) != 1 || !errors.Is(s.breaker.Away(), pending) {
			t.Errorf("%d rows, %v", len(s.Rows()), s.breaker.Away())
		}
		fit.Store(true)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if r := others.Apply(t.Context(), []*usersync.Delivery{delivery(2)})[0]; r.Err != nil {
			t.Error(r.Err)
		}
		if len(s.Rows()) != 3 || s.size() != 0 || s.breaker.Away() != nil {
			t.Errorf("%d rows, %d spooled, %v", len(s.Rows()), s.size(), s.breaker.Away())
		}
	})
}

// slowStore is in the middle of a transaction until it is told to end it.
type slowStore struct {
	usersync.Store
	begun, end chan struct{}
}

func (s *slowStore) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	close(s.begun)
	<-s.end
	return s.Store.Update(ctx, lock, decide)
}

// Requests whose reading takes long, as that of a script may, are no fault of the
// database, and keep the others waiting only for a while.
func TestRequestsThatTakeLongToRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t, &gate{}, &pile{})
		gone := errors.New("gone")
		s.fail.Store(&gone)
		const slow, others = 40, 1000
		for user := range slow + others {
			if outcome, err := s.submit(delivery(user)); err != nil || outcome != usersync.OutcomeSpooled {
				t.Fatalf("%v %v", outcome, err)
			}
		}
		var reads atomic.Int32
		read := s.drainer.Read
		s.drainer.Read = func(v *usersync.Verified) *usersync.Delivery {
			if user, _ := strconv.Atoi(string(v.Body)); user < slow {
				reads.Add(1)
				time.Sleep(5 * time.Second)
			}
			return read(v)
		}
		s.fail.Store(nil)
		defer s.run()()
		time.Sleep(time.Minute)
		synctest.Wait()
		if rows := len(s.Rows()); rows < others/2 || s.breaker.Away() != nil {
			t.Errorf("%d rows after a minute, %v", rows, s.breaker.Away())
		}
		time.Sleep(slow * 5 * time.Second)
		synctest.Wait()
		if len(s.Rows()) != slow+others || s.size() != 0 || reads.Load() != slow || s.turns() != 2 {
			t.Errorf("%d rows, %d spooled, %d slow reads, %d turns", len(s.Rows()), s.size(), reads.Load(), s.turns())
		}
	})
}
