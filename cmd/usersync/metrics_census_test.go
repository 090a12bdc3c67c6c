package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/internal/logtest"
	"usersync/providers"
	usersync "usersync/sync"
)

// surveyed is a database of which a test says what waits in it.
type surveyed struct {
	mu     sync.Mutex
	asked  []time.Time
	answer func(ctx context.Context) (*usersync.Census, error)
	away   error
}

func (s *surveyed) Census(ctx context.Context, _ usersync.Micros) (*usersync.Census, error) {
	s.mu.Lock()
	s.asked = append(s.asked, time.Now())
	answer := s.answer
	s.mu.Unlock()
	return answer(ctx)
}

func (s *surveyed) isAway() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away
}

func (s *surveyed) set(away error, answer func(ctx context.Context) (*usersync.Census, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away, s.answer = away, answer
}

func (s *surveyed) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// namedOnly is a configuration of providers that nothing but their names is asked of.
func namedOnly(names ...string) *config.Config {
	c := &config.Config{Built: map[string]*providers.Provider{}}
	for _, name := range names {
		c.Built[name] = nil
	}
	return c
}

// One census in 15 seconds, none while the database is away, and what was counted last
// stays until there is something newer.
func TestCensusIsTakenNowAndAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := &usersync.Census{Letters: []usersync.LettersWaiting{{Provider: "acme", Count: 1}}}
		database := &surveyed{answer: func(context.Context) (*usersync.Census, error) { return first, nil }}
		log := &logtest.Log{}
		taker := newCensusTaker(database, database.isAway, zerolog.New(log))
		taker.config.Store(&config.Config{Alarms: config.Alarms{SpoolAfter: time.Minute}})
		if census, at, err := taker.Last(); census != nil || !at.IsZero() || err != nil {
			t.Errorf("before: %v %v %v", census, at, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { taker.run(ctx) })
		synctest.Wait()
		if census, at, err := taker.Last(); census != first || !at.Equal(time.Now()) || err != nil {
			t.Errorf("at once: %v %v %v", census, at, err)
		}
		time.Sleep(5 * time.Minute)
		if n := database.times(); n < 16 || n > 26 {
			t.Errorf("taken %d times in 5 minutes", n)
		}

		gone, before := errors.New("connection refused"), database.times()
		database.set(gone, nil)
		time.Sleep(time.Minute)
		if census, _, err := taker.Last(); census != first || !errors.Is(err, gone) || database.times() != before {
			t.Errorf("away: %v %v, asked %d times", census, err, database.times()-before)
		}
		if log.String() != "" {
			t.Errorf("an outage is told by others: %s", log)
		}

		refused := errors.New("statement timeout")
		database.set(nil, func(context.Context) (*usersync.Census, error) { return nil, refused })
		time.Sleep(time.Minute)
		if census, at, err := taker.Last(); census != first || time.Since(at) < 2*time.Minute || !errors.Is(err, refused) {
			t.Errorf("failing: %v %v %v", census, at, err)
		}
		hangs := func(ctx context.Context) (*usersync.Census, error) { <-ctx.Done(); return nil, ctx.Err() }
		database.set(nil, hangs)
		time.Sleep(time.Minute)
		if _, _, err := taker.Last(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hanging: %v", err)
		}

		second := &usersync.Census{}
		database.set(nil, func(context.Context) (*usersync.Census, error) { return second, nil })
		time.Sleep(time.Minute)
		if census, at, err := taker.Last(); census != second || time.Since(at) > 20*time.Second || err != nil {
			t.Errorf("back: %v %v %v", census, at, err)
		}
		if n := strings.Count(log.String(), `"level":"warn"`); n != 0 {
			// The fault began as an outage, of which others tell.
			t.Errorf("%d warnings: %s", n, log)
		}
		database.set(nil, func(context.Context) (*usersync.Census, error) { return nil, refused })
		time.Sleep(time.Minute)
		if n := strings.Count(log.String(), "cannot be counted"); n != 1 {
			t.Errorf("%d warnings: %s", n, log)
		}

		database.set(nil, hangs)
		cancel()
		running.Wait()
	})
}

// last makes a taker that has seen these censuses, of which the last one is shown.
func last(t *testing.T, c *config.Config, censuses ...*usersync.Census) *censusTaker {
	t.Helper()
	taker := newCensusTaker(nil, func() error { return nil }, zerolog.Nop())
	taker.config.Store(c)
	for _, census := range censuses {
		taker.surveyor = &surveyed{answer: func(context.Context) (*usersync.Census, error) { return census, nil }}
		taker.look(t.Context())
	}
	return taker
}

func TestGaugesOfACensus(t *testing.T) {
	t.Parallel()
	complete := usersync.RunRecord{ID: 3, Provider: "acme", Kind: usersync.RunReconcile, Outcome: usersync.RunComplete, Started: 1_000_000, Seen: 2_000_000, Finished: 2_000_000,
		Counts: usersync.Counts{Users: 70, Drift: usersync.DriftCounts{Missing: 1, Gone: 2}}}
	going := complete
	// An hour on: the subtests begin when there is room for them.
	going.ID, going.Outcome, going.Finished, going.Seen, going.Counts = 5, "", 0, now()+3_600_000_000, usersync.Counts{Users: 7, Drift: usersync.DriftCounts{Changed: 9}}
	left := usersync.RunRecord{ID: 9, Provider: "left", Kind: usersync.RunBackfill, Outcome: usersync.RunFailed, Finished: 1}
	abandoned := usersync.RunRecord{ID: 2, Provider: "acme", Kind: usersync.RunBackfill, Seen: now() - usersync.Micros(2*runQuiet/time.Microsecond), Counts: usersync.Counts{Users: 4}}
	plan := usersync.RunRecord{ID: 4, Provider: "acme", Kind: usersync.RunPlan, Outcome: usersync.RunHeld, Finished: 4_500_000, Counts: usersync.Counts{Users: 80, Drift: usersync.DriftCounts{Missing: 5, Suspension: 6}}}
	for name, test := range map[string]struct {
		censuses []*usersync.Census
		names    []string
		want     string
	}{
		"nothing is known yet": {nil, []string{"usersync_census_timestamp_seconds", "usersync_dead_letters_waiting", "usersync_run_active", "usersync_reconcile_every_seconds"}, `
			usersync_census_timestamp_seconds 0
			usersync_reconcile_every_seconds{provider="acme"} 0
			usersync_reconcile_every_seconds{provider="other"} 0
		`},
		"nothing waits": {[]*usersync.Census{{}}, []string{"usersync_dead_letters_waiting", "usersync_hydrations_pending", "usersync_run_last_finished_timestamp_seconds", "usersync_action_messages_waiting"}, `
			usersync_dead_letters_waiting{provider="acme"} 0
			usersync_dead_letters_waiting{provider="other"} 0
			usersync_hydrations_pending{provider="acme"} 0
			usersync_hydrations_pending{provider="other"} 0
		`},
		"letters of whoever left are shown, and messages": {[]*usersync.Census{{
			Letters:  []usersync.LettersWaiting{{Provider: "left", Count: 3, Recent: 2}},
			Messages: []usersync.MessagesWaiting{{Action: "gone", Count: 4, Oldest: 1_500_000}},
		}}, []string{"usersync_dead_letters_recent", "usersync_action_messages_waiting", "usersync_action_message_oldest_timestamp_seconds"}, `
			usersync_action_message_oldest_timestamp_seconds{action="gone"} 1.5
			usersync_action_messages_waiting{action="gone"} 4
			usersync_dead_letters_recent{provider="acme"} 0
			usersync_dead_letters_recent{provider="left"} 2
			usersync_dead_letters_recent{provider="other"} 0
		`},
		"users of whoever left are not": {[]*usersync.Census{{Hydrations: []usersync.HydrationsWaiting{{Provider: "left", Count: 3}, {Provider: "acme", Count: 2, Oldest: 7_000_000}}}},
			[]string{"usersync_hydration_oldest_due_timestamp_seconds"}, `
			usersync_hydration_oldest_due_timestamp_seconds{provider="acme"} 7
			usersync_hydration_oldest_due_timestamp_seconds{provider="other"} 0
		`},
		"a run goes on, and the end of the one before is known": {[]*usersync.Census{
			{Runs: []usersync.RunRecord{complete, left, abandoned}}, {Runs: []usersync.RunRecord{going, plan, left, abandoned}},
		}, []string{"usersync_run_users", "usersync_run_expected_users", "usersync_run_active", "usersync_run_last_finished_timestamp_seconds", "usersync_reconcile_drift_users"}, `
			usersync_reconcile_drift_users{kind="changed",provider="acme"} 0
			usersync_reconcile_drift_users{kind="gone",provider="acme"} 0
			usersync_reconcile_drift_users{kind="missing",provider="acme"} 5
			usersync_reconcile_drift_users{kind="suspension",provider="acme"} 6
			usersync_run_active{kind="backfill",provider="acme"} 0
			usersync_run_active{kind="plan",provider="acme"} 0
			usersync_run_active{kind="reconcile",provider="acme"} 1
			usersync_run_expected_users{kind="backfill",provider="acme"} 80
			usersync_run_expected_users{kind="plan",provider="acme"} 80
			usersync_run_expected_users{kind="reconcile",provider="acme"} 80
			usersync_run_last_finished_timestamp_seconds{kind="plan",outcome="held",provider="acme"} 4.5
			usersync_run_last_finished_timestamp_seconds{kind="reconcile",outcome="complete",provider="acme"} 2
			usersync_run_users{kind="backfill",provider="acme"} 4
			usersync_run_users{kind="plan",provider="acme"} 80
			usersync_run_users{kind="reconcile",provider="acme"} 7
		`},
		"a run goes on since before the start": {[]*usersync.Census{{Runs: []usersync.RunRecord{going, complete}}},
			[]string{"usersync_run_users", "usersync_run_last_finished_timestamp_seconds"}, `
			usersync_run_last_finished_timestamp_seconds{kind="reconcile",outcome="complete",provider="acme"} 2
			usersync_run_users{kind="backfill",provider="acme"} 0
			usersync_run_users{kind="plan",provider="acme"} 0
			usersync_run_users{kind="reconcile",provider="acme"} 7
		`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := namedOnly("acme", "other")
			if strings.Contains(name, "a run goes on") {
				c = namedOnly("acme")
			}
			taker := last(t, c, test.censuses...)
			if got, want := exposed(t, taker, test.names...), strings.Join(strings.Fields(test.want), "\n"); strings.Join(strings.Fields(got), "\n") != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// exposed is the page of a collector: the series of these names, in order.
func exposed(t *testing.T, c prometheus.Collector, names ...string) string {
	t.Helper()
	registry := prometheus.NewPedanticRegistry() // everything that is collected is described
	registry.MustRegister(c)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}).ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	if answer.Code != 200 {
		t.Fatal(answer.Body)
	}
	var lines []string
	for line := range strings.Lines(answer.Body.String()) {
		if name, _, _ := strings.Cut(strings.Fields(line)[0], "{"); slices.Contains(names, name) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
