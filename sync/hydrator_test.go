package usersync_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// site is a store in memory, a provider and a hydrator between them, in a
// bubble where time passes only when everybody waits.
type site struct {
	t      *testing.T
	store  *storetest.Memory
	engine *usersync.Engine
	worker *usersync.Hydrator
	log    *bytes.Buffer
	stop   func() // and waits until the worker has stopped

	mu     sync.Mutex
	asked  map[string][]time.Duration // since the start
	flying int
	most   int
	began  time.Time
	// answer is how the provider answers the n-th question about a user.
	answer func(ctx context.Context, user string, n int) (found bool, err error)
}

func clock() usersync.Micros { return usersync.MicrosOf(time.Now()) }

// hydrateIn runs a test in a bubble.
func hydrateIn(t *testing.T, test func(t *testing.T, s *site)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &site{t: t, store: storetest.NewMemory(), log: &bytes.Buffer{}, asked: map[string][]time.Duration{}, began: time.Now()}
		s.answer = func(context.Context, string, int) (bool, error) { return true, nil }
		s.engine = storetest.Engine(s.store)
		s.engine.Clock = clock
		s.engine.Hydrates = func(provider string) bool { return provider == "p" }
		s.start()
		test(t, s)
		s.stop()
	})
}

// start runs a worker.
func (s *site) start() {
	s.worker = usersync.NewHydrator(usersync.Hydrator{
		Provider: "p", Queue: s.store, Fetcher: s, Clock: clock, Lag: time.Minute,
		Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Deliver: func(ctx context.Context, d *usersync.Delivery) (usersync.Outcome, error) {
			r := s.engine.Apply(ctx, []*usersync.Delivery{d})[0]
			return r.Outcome, r.Err
		},
	})
	s.engine.Asked = func(string) { s.worker.Wake() }
	ctx, cancel := context.WithCancel(s.t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.worker.Run(ctx) })
	s.stop = func() {
		cancel()
		running.Wait()
	}
}

// Fetch implements usersync.Fetcher: the e-mail tells how often was asked.
func (s *site) Fetch(ctx context.Context, user string) (usersync.Command, bool, error) {
	s.mu.Lock()
	s.asked[user] = append(s.asked[user], time.Since(s.began))
	n := len(s.asked[user])
	s.flying++
	s.most = max(s.most, s.flying)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.flying--
	}()
	at := clock()
	found, err := s.answer(ctx, user, n)
	c := usersync.Command{
		UserKey: usersync.UserKey{Provider: "p", UserID: user}, Kind: usersync.KindUpdated,
		OccurredAt: at, ReceivedAt: at, Origin: usersync.OriginHydrate,
	}
	c.Fields[usersync.FieldEmail] = usersync.TextValue(fmt.Sprintf("%s.%d@x", user, n))
	return c, found, err
}

// event delivers an event that names a user and tells nothing else.
func (s *site) event(user, id string) {
	s.t.Helper()
	c := usersync.Command{
		UserKey: usersync.UserKey{Provider: "p", UserID: user}, EventID: id, Kind: usersync.KindUpdated,
		OccurredAt: clock(), ReceivedAt: clock(), Thin: true,
	}
	if r := s.engine.Apply(s.t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})[0]; r.Err != nil {
		s.t.Fatal(r.Err)
	}
}

// wait lets time pass, and then everybody finish.
func (s *site) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *site) questions(user string) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[user]
}

// want compares the e-mail of a user's row.
func (s *site) want(user, email string) {
	s.t.Helper()
	row := s.store.Rows()[usersync.UserKey{Provider: "p", UserID: user}]
	if got := row.View.Columns[usersync.FieldEmail].Str(); got != email {
		s.t.Errorf("%s has the e-mail %q, want %q; asked at %v\n%s", user, got, email, s.questions(user), s.log)
	}
}

// wantEmpty checks that nobody waits to be fetched.
func (s *site) wantEmpty() {
	s.t.Helper()
	const never = usersync.Micros(1) << 60
	if left, err := s.store.Claim(s.t.Context(), "p", never, never, 100); err != nil || len(left) > 0 {
		s.t.Errorf("left in the queue: %+v, %v", left, err)
	}
}

func TestHydrationAtOnce(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.wait(10 * time.Second)
		s.event("u1", "e1")
		synctest.Wait() // no time passes
		s.want("u1", "u1.1@x")
		s.wait(time.Hour)
		if n := len(s.questions("u1")); n != 1 {
			t.Errorf("asked %d times", n)
		}
		s.wantEmpty()
	})
}

// Events of one user during a fetch cause one more, whatever their number.
func TestHydrationCoalesces(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			time.Sleep(200 * time.Millisecond)
			return true, nil
		}
		s.event("u1", "e0")
		for i := range 10 {
			s.wait(10 * time.Millisecond)
			s.event("u1", fmt.Sprint("during ", i))
		}
		s.want("u1", "")
		s.wait(time.Minute)
		s.want("u1", "u1.2@x")
		if n := len(s.questions("u1")); n != 2 {
			t.Errorf("asked %d times", n)
		}
		s.wantEmpty()
	})
}

func TestHydrationBoundsItsFlight(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			time.Sleep(time.Second)
			return true, nil
		}
		for i := range 100 {
			s.event(fmt.Sprint("u", i), "e")
		}
		s.wait(14500 * time.Millisecond) // 100 by 8, and a round for the first alone
		for i := range 100 {
			s.want(fmt.Sprint("u", i), fmt.Sprintf("u%d.1@x", i))
		}
		if s.most != 8 {
			t.Errorf("%d in flight", s.most)
		}
	})
}

// An outage of hours: attempts get rare, the log stays short, and nobody is
// forgotten.
func TestHydrationOutlastsAnOutage(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		away := true
		s.answer = func(context.Context, string, int) (bool, error) {
			if away {
				return false, errors.New("the provider answered 500")
			}
			return true, nil
		}
		for i := range 50 {
			s.event(fmt.Sprint("u", i), "e")
		}
		s.wait(6 * time.Hour)
		away = false
		s.wait(7 * time.Minute) // the longest pause between two attempts, and a round
		total := 0
		for i := range 50 {
			user := fmt.Sprint("u", i)
			total += len(s.questions(user))
			s.want(user, fmt.Sprintf("%s.%d@x", user, len(s.questions(user))))
		}
		if total > 50*120 {
			t.Errorf("%d questions in six hours", total)
		}
		waits := s.questions("u0")
		for i := 1; i < len(waits); i++ {
			wait := waits[i] - waits[i-1]
			if i < 5 && wait < (700*time.Millisecond)<<(i-1) {
				t.Errorf("question %d came after %v", i, wait)
			}
			if wait > 8*time.Minute {
				t.Errorf("question %d came only after %v", i, wait)
			}
		}
		if lines := strings.Count(s.log.String(), "\n"); lines < 2 || lines > 6*60+2 || !strings.Contains(s.log.String(), "fetched again") {
			t.Errorf("%d lines in the log, the last: %.300s", lines, s.log.String()[max(0, s.log.Len()-300):])
		}
		s.wantEmpty()
	})
}

// A provider's list lags: whom it does not know yet is asked for a while.
func TestHydrationOfALateUser(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			return time.Since(s.began) > time.Minute, nil
		}
		s.event("u1", "e1")
		s.wait(3 * time.Minute)
		if n := len(s.questions("u1")); n < 3 || n > 8 {
			t.Errorf("asked %d times", n)
		}
		s.want("u1", fmt.Sprintf("u1.%d@x", len(s.questions("u1"))))
		if s.log.Len() > 0 {
			t.Errorf("logged: %s", s.log)
		}
		s.wantEmpty()
	})
}

// Whom the provider does not know is logged, looked for once more after a
// while, whatever events say, and then forgotten. The row stays.
func TestHydrationOfNobody(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) { return false, nil }
		s.event("ghost", "e1")
		s.wait(5 * time.Minute)
		n := len(s.questions("ghost"))
		if said := strings.Count(s.log.String(), "knows no such user"); said != 1 || !strings.Contains(s.log.String(), "user=ghost") || n > 8 {
			t.Errorf("said %d times after %d questions:\n%s", said, n, s.log)
		}
		for i := range 20 {
			s.event("ghost", fmt.Sprint("more ", i))
		}
		s.wait(time.Minute)
		if more := len(s.questions("ghost")) - n; more != 0 {
			t.Errorf("events caused %d questions about nobody", more)
		}
		s.wait(20 * time.Minute)
		if more := len(s.questions("ghost")) - n; more != 1 {
			t.Errorf("%d last looks", more)
		}
		if row, there := s.store.Rows()[usersync.UserKey{Provider: "p", UserID: "ghost"}]; !there || row.View.DeletedAt.Kind() == usersync.Time {
			t.Errorf("the row: %v, %+v", there, row.View)
		}
		s.wantEmpty()
	})
}

// The last look finds a user whom the provider denied for ten minutes.
func TestHydrationsLastLook(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) {
			return time.Since(s.began) > 5*time.Minute, nil
		}
		s.event("u1", "e1")
		s.wait(20 * time.Minute)
		s.want("u1", fmt.Sprintf("u1.%d@x", len(s.questions("u1"))))
		s.wantEmpty()
	})
}

// Nobody asks for a user who was deleted while waiting.
func TestHydrationOfADeletedUser(t *testing.T) {
	hydrateIn(t, func(t *testing.T, s *site) {
		s.answer = func(context.Context, string, int) (bool, error) { return false, nil }
		s.event("u1", "e1")
		s.wait(5 * time.Second)
		n := len(s.questions("u1"))
		gone := usersync.Command{
			UserKey: usersync.UserKey{Provider: "p", UserID: "u1"}, EventID: "gone", Kind: usersync.KindDeleted,
			OccurredAt: clock(), ReceivedAt: clock(),
		}
		s.engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{gone}}})
		s.wait(time.Hour)
		if more := len(s.questions("u1")) - n; more != 0 || s.log.Len() > 0 {
			t.Errorf("%d questions about a deleted user\n%s", more, s.log)
		}
		s.wantEmpty()
	})
}
