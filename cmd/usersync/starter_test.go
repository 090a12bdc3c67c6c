package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/handlers/desk"
	"usersync/internal/config"
	"usersync/internal/fakeprovider"
	"usersync/internal/pulse"
	"usersync/models"
	usersync "usersync/sync"
)

// startedSite is a site with a starter of its own, as in a daemon.
type startedSite struct {
	backfillSite
	starter *starter
	log     usersync.RunLog
	stop    func()
}

func newStartedSite(t *testing.T, databaseURL string, users int) startedSite {
	t.Helper()
	site := newBackfillSite(t, "authon", databaseURL, users)
	c, err := config.Load(config.Options{File: site.config, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := startedSite{site, newStarter(db, handlers.NewMetrics("test", pulse.New(time.Now)), zerolog.Nop()), db.RunLog(), nil}
	s.starter.config.Store(c)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.starter.run(ctx) })
	s.stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(s.stop)
	return s
}

// begin starts a run and returns its id.
func (s startedSite) begin(t *testing.T, kind usersync.RunKind) int64 {
	t.Helper()
	id, err := s.starter.Start(t.Context(), kind, "authon")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// finished waits for the end of a run, and until the starter knows of it: the end is recorded
// a moment before the provider is free again.
func (s startedSite) finished(t *testing.T, id int64) (run *usersync.RunRecord) {
	t.Helper()
	until(t, func() bool {
		var err error
		if run, err = s.log.RunByID(t.Context(), id); err != nil || run == nil {
			t.Fatal(run, err)
		}
		return run.Outcome != "" && s.idle()
	}, func() string { return "the run does not end" })
	return run
}

// idle reports whether the starter has nothing going on.
func (s startedSite) idle() bool {
	s.starter.mu.Lock()
	defer s.starter.mu.Unlock()
	return len(s.starter.busy) == 0
}

func TestStartedRuns(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newStartedSite(t, databaseURL, 230)
		if run := s.finished(t, s.begin(t, usersync.RunBackfill)); run.Outcome != usersync.RunComplete || run.Counts.Users != 230 || run.Counts.Changed != 230 {
			t.Errorf("%+v", run)
		}
		s.drift(t)
		before := s.rows(t)
		plan := s.finished(t, s.begin(t, usersync.RunPlan))
		if plan.Outcome != usersync.RunComplete || plan.Counts.Drift.Total() == 0 || s.rows(t) != before {
			t.Errorf("%+v", plan)
		}
		applied := s.finished(t, s.begin(t, usersync.RunReconcile))
		if applied.Counts.Drift != plan.Counts.Drift || applied.Counts.Gone != 1 || s.rows(t) == before {
			t.Errorf("%+v, planned %+v", applied, plan)
		}
		if again := s.finished(t, s.begin(t, usersync.RunPlan)); again.Counts.Drift.Total() != 0 || again.ID == plan.ID {
			t.Errorf("%+v", again)
		}
	})
}

// Of one provider one run goes on at a time, wherever it does, and what was interrupted is
// gone on with.
func TestStartedRunsDoNotOverlap(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newStartedSite(t, databaseURL, 900)
		trouble := s.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: time.Hour, Match: fakeprovider.Query("page", "5")})
		id := s.begin(t, usersync.RunBackfill)
		until(t, func() bool { return len(s.users(t)) == 400 }, func() string { return "nothing is written" })
		for _, kind := range []usersync.RunKind{usersync.RunBackfill, usersync.RunPlan, usersync.RunReconcile} {
			if _, err := s.starter.Start(t.Context(), kind, "authon"); !errors.Is(err, desk.ErrBusy) {
				t.Errorf("%s: %v", kind, err)
			}
		}
		elsewhere := newStarter(s.db2(t), handlers.NewMetrics("test", pulse.New(time.Now)), zerolog.Nop())
		elsewhere.config.Store(s.starter.config.Load())
		if _, err := elsewhere.Start(t.Context(), usersync.RunBackfill, "authon"); !errors.Is(err, desk.ErrBusy) {
			t.Errorf("another replica: %v", err)
		}
		s.stop()
		if _, err := s.starter.Start(t.Context(), usersync.RunPlan, "authon"); err == nil {
			t.Error("a stopped daemon begins a run")
		}
		trouble.Remove()
		run, err := s.log.RunByID(t.Context(), id)
		if err != nil || run.Counts.Users != 400 {
			t.Fatal(run, err)
		}
		// By hand it is gone on with at once.
		if code, out, errs := s.run(t, "authon"); code != exitOK || len(s.users(t)) != 900 {
			t.Error(code, out, errs)
		}
		if run := s.finished(t, id); run.Outcome != usersync.RunComplete || run.Counts.Users != 900 {
			t.Errorf("%+v", run)
		}
	})
}

// db2 is another connection to the database of the site.
func (s startedSite) db2(t *testing.T) *models.DB {
	t.Helper()
	db, err := models.Open(s.db, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestStartIsRefused(t *testing.T) {
	t.Parallel()
	s := newStartedSite(t, databaseURLs["sqlite"](t), 10)
	if _, err := s.starter.Start(t.Context(), usersync.RunBackfill, "nobody"); !errors.Is(err, desk.ErrUnknownProvider) {
		t.Error(err)
	}
	for _, kind := range []usersync.RunKind{"", "push", usersync.RunPrune} {
		if _, err := s.starter.Start(t.Context(), kind, "authon"); err == nil {
			t.Errorf("%q is begun", kind)
		}
	}
	if runs, err := s.log.RunPage(t.Context(), "", 0, 10); err != nil || len(runs) != 0 {
		t.Error(runs, err)
	}
	// Whatever was refused, nothing keeps the next one from beginning.
	s.finished(t, s.begin(t, usersync.RunBackfill))
}
