package usersync_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
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
