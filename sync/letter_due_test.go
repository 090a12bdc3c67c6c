package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

const minute = usersync.Micros(60_000_000)

// dueSite is a store with letters, a clock that the test sets, and what retries
// them.
type dueSite struct {
	*usersync.DueLetters
	store *storetest.Memory
	clock atomic.Int64
	looks atomic.Int64 // at the clock
	log   strings.Builder
	mu    sync.Mutex
	tried []string
	fault error // of every Try
}

func newDueSite(look time.Duration) *dueSite {
	s := &dueSite{store: storetest.NewMemory()}
	s.clock.Store(int64(storetest.Base))
	s.DueLetters = usersync.NewDueLetters(&usersync.DueLetters{
		Letters: s.store, Providers: func() []string { return []string{"p"} }, Try: s.try, Clock: func() usersync.Micros {
			s.looks.Add(1)
			return usersync.Micros(s.clock.Load())
		},
		Log: slog.New(slog.NewTextHandler(&s.log, nil)), Look: look,
	})
	return s
}

func (s *dueSite) try(_ context.Context, letters []usersync.StoredLetter) (all []usersync.Retried, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range letters {
		s.tried = append(s.tried, l.EventID)
		all = append(all, usersync.Retried{Letter: l, Gone: true, Outcome: usersync.OutcomeApplied})
	}
	if s.fault != nil {
		return all, s.fault
	}
	_, err = s.store.RemoveLetters(context.Background(), letters)
	return all, err
}

func (s *dueSite) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.tried)
}

func (s *dueSite) bury(t *testing.T, event string, due usersync.Micros) {
	t.Helper()
	l := usersync.DeadLetter{Provider: "p", EventID: event, Reason: "future_time", Detail: "ahead", Payload: []byte(event), ReceivedAt: storetest.Base, DueAt: due}
	e := storetest.Engine(s.store)
	e.Due = s.Wake
	if r := e.Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{l}}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
}

// start runs it until the test ends.
func (s *dueSite) start(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	stop = func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Error("did not stop")
		}
	}
	t.Cleanup(stop)
	return stop
}

// await waits until these letters were tried and the worker waits again: the clock must not
// go on while it looks at it.
func (s *dueSite) await(t *testing.T, want string) {
	t.Helper()
	for range 10_000 {
		if synctest.Wait(); s.said() == want {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("tried %s, want %s", s.said(), want)
}

// Whoever stores a letter that is due soon wakes the worker, which would look
// only in an hour.
func TestALetterWakesTheWorker(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := newDueSite(time.Hour)
		s.bury(t, "old", storetest.Base-1)
		stop := s.start(t)
		s.await(t, "[old]") // it looks at first
		s.bury(t, "far", storetest.Base+20*minute)
		s.bury(t, "now", storetest.Base)
		s.await(t, "[old now]")
		s.clock.Add(int64(20 * minute))
		s.bury(t, "then", storetest.Base+minute)
		s.await(t, "[old now then far]")
		stop()
		if strings.Contains(s.log.String(), "level=WARN") || !strings.Contains(s.log.String(), "applied by themselves") {
			t.Errorf("the log:\n%s", s.log.String())
		}
	})
}

// More than one batch goes on at once.
func TestManyDueLetters(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := newDueSite(time.Hour)
		for i := range 200 {
			s.bury(t, fmt.Sprint(i), storetest.Base+usersync.Micros(i-200))
		}
		s.start(t)
		for deadline := time.Now().Add(30 * time.Second); len(s.store.Letters()) > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d left", len(s.store.Letters()))
			}
		}
	})
}

// A database that is away is asked again, and complained of once; what was lent
// comes back.
func TestDueLettersThroughTrouble(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := newDueSite(time.Millisecond)
		s.fault = errors.New("the database is away")
		s.bury(t, "e", storetest.Base)
		stop := s.start(t)
		s.await(t, "[e]")
		s.clock.Add(int64(4 * minute))
		s.mu.Lock()
		s.fault = nil
		s.mu.Unlock()
		for looks := s.looks.Load(); s.looks.Load() < looks+30; time.Sleep(time.Millisecond) {
		}
		if s.said() != "[e]" {
			t.Errorf("tried %s before the loan was over", s.said())
		}
		s.clock.Add(int64(2 * minute))
		s.await(t, "[e e]")
		stop()
		if n := strings.Count(s.log.String(), "level=WARN"); n != 1 || !strings.Contains(s.log.String(), "the database is away") {
			t.Errorf("the log:\n%s", s.log.String())
		}
	})
}
