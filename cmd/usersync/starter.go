package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/handlers/desk"
	"usersync/internal/config"
	"usersync/models"
	usersync "usersync/sync"
)

// runAlive is how long after somebody was last heard of a run still counts as going on:
// whoever is about one says so each minute.
const runAlive = 2*aliveEvery + 30*time.Second

// errStopping is why nothing is begun any more.
var errStopping = errors.New("the daemon is stopping")

// starter begins runs that an operator asks for, and they go on in the daemon. It implements
// desk.Starter.
type starter struct {
	config  atomic.Pointer[config.Config] // exchanged by a reload
	db      *models.DB
	log     zerolog.Logger
	metrics *handlers.Metrics
	jobs    chan func(ctx context.Context)
	stopped chan struct{}

	mu   sync.Mutex
	busy map[string]bool // providers of which a run is going on here
}

func newStarter(db *models.DB, metrics *handlers.Metrics, log zerolog.Logger) *starter {
	return &starter{
		db: db, log: log, metrics: metrics, busy: map[string]bool{},
		jobs: make(chan func(context.Context)), stopped: make(chan struct{}),
	}
}

// run has the jobs done until ctx ends, and returns when all have stopped. What is
// interrupted goes on where it was when it is begun again.
func (s *starter) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	defer close(s.stopped)
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-s.jobs:
			running.Go(func() { job(ctx) })
		}
	}
}

// Start implements desk.Starter.
func (s *starter) Start(ctx context.Context, kind usersync.RunKind, provider string) (id int64, err error) {
	c := s.config.Load()
	if c.Built[provider] == nil {
		return 0, desk.ErrUnknownProvider
	}
	if !s.take(provider) {
		return 0, desk.ErrBusy
	}
	handedOver := false
	defer func() {
		if !handedOver {
			s.release(provider)
		}
	}()
	if err := s.free(ctx, provider); err != nil {
		return 0, err
	}
	work, err := s.prepare(c, kind, provider)
	if err != nil {
		return 0, err
	}
	run, _, err := s.db.Runs().Begin(ctx, work.key, kind == usersync.RunPlan, now())
	if err != nil {
		work.close()
		return 0, err
	}
	job := func(ctx context.Context) {
		defer s.release(provider)
		defer work.close()
		s.attend(ctx, work, run)
	}
	select {
	case s.jobs <- job:
		handedOver = true
		return run.ID, nil
	case <-s.stopped:
		err = errStopping
	case <-ctx.Done():
		err = ctx.Err()
	}
	work.close()
	return 0, errors.Join(err, s.db.Runs().End(context.WithoutCancel(ctx), run, usersync.RunFailed, now()))
}

func (s *starter) take(provider string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[provider] {
		return false
	}
	s.busy[provider] = true
	return true
}

func (s *starter) release(provider string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, provider)
}

// free returns desk.ErrBusy if another program is about a run of the provider. One that
// begins at this very moment is not seen: then the later one has it, and the other ends.
func (s *starter) free(ctx context.Context, provider string) error {
	const last = 10 // more of one provider do not go on at once
	runs, err := s.db.RunLog().RunPage(ctx, provider, 0, last)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if r.Outcome == "" && now()-r.Seen < usersync.Micros(runAlive.Microseconds()) {
			return desk.ErrBusy
		}
	}
	return nil
}

// attend does the work, records how it ended and says so.
func (s *starter) attend(ctx context.Context, work *listWork, run usersync.Run) {
	log := s.log.With().Str("provider", work.key.Provider).Str("kind", string(work.key.Kind)).Int64("run", run.ID).Logger()
	log.Info().Msg("run begun")
	var outcome usersync.RunOutcome
	err := attended(ctx, s.db.Runs(), run, aliveEvery, func(ctx context.Context) (err error) {
		run, outcome, err = work.do(ctx, run)
		return err
	})
	switch err = ended(ctx, s.db.Runs(), run, outcome, err); {
	case ctx.Err() != nil:
		log.Info().Msg("run interrupted: it goes on where it was when it is begun again")
	case errors.Is(err, usersync.ErrRunTaken):
		log.Info().Msg("another usersync goes on with the run")
	case err != nil:
		log.Error().Err(err).Msg("run failed: it goes on where it was when it is begun again")
	default:
		log.Info().Str("outcome", string(outcome)).Int64("users", run.Counts.Users).Int64("changed", run.Counts.Changed).
			Int64("gone", run.Counts.Gone).Msg("run ended")
	}
}

// listWork is a reading of a provider's whole list that is ready to begin.
type listWork struct {
	key   usersync.RunKey
	do    func(ctx context.Context, run usersync.Run) (usersync.Run, usersync.RunOutcome, error)
	close func()
}

// prepare opens what a run needs. An error says what is missing in the configuration.
func (s *starter) prepare(c *config.Config, kind usersync.RunKind, provider string) (*listWork, error) {
	engine := newEngine(s.db, s.log)
	engine.Observe, engine.Buried = s.metrics.Observe, s.metrics.Buried
	switch kind {
	case usersync.RunBackfill:
		return s.prepareBackfill(c, engine, provider)
	case usersync.RunPlan:
		engine.DryRun, engine.Observe, engine.Buried = true, nil, nil
	case usersync.RunReconcile:
	default:
		return nil, fmt.Errorf("%q is no kind of run: want backfill, plan or reconcile", kind)
	}
	api, err := openReconcileAPI(c, provider)
	if err != nil {
		return nil, err
	}
	_, limit := c.ReconcileOf(provider)
	return &listWork{
		key:   usersync.RunKey{Kind: kind, Provider: provider, Source: api.lister.Source()},
		close: api.close,
		do: func(ctx context.Context, run usersync.Run) (usersync.Run, usersync.RunOutcome, error) {
			run, found, err := api.run(ctx, engine, s.db, provider, limit, run)
			return run, found.Outcome(), err
		},
	}, nil
}

func (s *starter) prepareBackfill(c *config.Config, engine *usersync.Engine, provider string) (*listWork, error) {
	lister, err := listerOf(c, provider, "")
	if err != nil {
		return nil, err
	}
	job := &usersync.Backfill{Lister: lister, Engine: engine, InFlight: pagesAhead, Together: usersTogether}
	return &listWork{
		key:   usersync.RunKey{Kind: usersync.RunBackfill, Provider: provider, Source: lister.Source()},
		close: lister.Close,
		do: func(ctx context.Context, run usersync.Run) (usersync.Run, usersync.RunOutcome, error) {
			run, err := job.Run(ctx, run)
			return run, usersync.RunComplete, err
		},
	}, nil
}
