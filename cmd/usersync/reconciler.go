package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/internal/config"
	"usersync/models"
	usersync "usersync/sync"
)

// How often the schedule is looked at, and after how long without a page a run
// counts as abandoned by its replica.
const (
	scheduleLook = 15 * time.Second
	runQuiet     = 5 * time.Minute
)

// reconciler repairs the table on the schedule of reconcile.every. Of several
// replicas one does it: whoever begins the run.
type reconciler struct {
	config  atomic.Pointer[config.Config] // exchanged by a reload
	db      *models.DB
	log     zerolog.Logger
	metrics *handlers.Metrics
	look    time.Duration
	quiet   time.Duration
	owed    owed // beside the schedule
	wake    chan struct{}
	breaker *usersync.Breaker // of the database, or nil
}

func newReconciler(db *models.DB, metrics *handlers.Metrics, log zerolog.Logger, breaker *usersync.Breaker) *reconciler {
	return &reconciler{db: db, log: log, metrics: metrics, look: scheduleLook, quiet: runQuiet, wake: make(chan struct{}, 1), breaker: breaker}
}

// wakeUp says that the database is back: what is owed can be looked for.
func (r *reconciler) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// scheduled are the providers that a configuration reconciles by itself.
func scheduled(c *config.Config) (names []string) {
	for _, name := range providerNames(c) {
		if every, _ := c.ReconcileOf(name); every > 0 {
			names = append(names, name)
		}
	}
	return names
}

// unscheduled says which providers are left out of a schedule, and why.
func unscheduled(c *config.Config) (reasons []string) {
	for _, name := range scheduled(c) {
		if err := unlisted(c, name); err != nil {
			reasons = append(reasons, "reconcile.every: "+name+" is left out: "+err.Error())
		}
	}
	return reasons
}

// unlisted returns why a provider's list cannot be read, or nil.
func unlisted(c *config.Config, name string) error {
	api, err := openReconcileAPI(c, name)
	if err == nil {
		api.close()
	}
	return err
}

// remind says whose list is due and on no schedule, or of everybody at the end,
// when no schedule will come.
func (r *reconciler) remind(end bool) {
	c := r.config.Load()
	for name, count := range r.owed.all() {
		err := unlisted(c, name)
		if every, _ := c.ReconcileOf(name); every > 0 && err == nil && !end {
			continue // the schedule takes care of it
		}
		r.owed.take(name)
		advice := "see what is missing with `usersync reconcile " + name + "`"
		if err != nil {
			advice = "have the provider send them again, as its list cannot be read: " + err.Error()
		}
		r.log.Warn().Str("provider", name).Int("refused", count).Msg("deliveries were refused while nothing could keep them, and their senders may not have repeated them: " + advice)
	}
}

// run looks at the schedule until ctx ends, and returns when all has stopped.
func (r *reconciler) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	var busy sync.Map // providers that are being reconciled here
	ticker := time.NewTicker(r.look)
	defer ticker.Stop()
	for {
		if r.breaker.Away() == nil { // else its schema may be an older one
			r.begin(ctx, &running, &busy)
			r.remind(false)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-r.wake:
		}
	}
}

// begin reconciles, beside each other, the providers on the schedule that are not
// busy.
func (r *reconciler) begin(ctx context.Context, running *sync.WaitGroup, busy *sync.Map) {
	c := r.config.Load()
	for _, name := range scheduled(c) {
		if _, already := busy.LoadOrStore(name, true); already {
			continue
		}
		running.Go(func() {
			defer busy.Delete(name)
			r.reconcile(ctx, c, name)
		})
	}
}

// reconcile does it if it is due.
func (r *reconciler) reconcile(ctx context.Context, c *config.Config, name string) {
	period, limit := c.ReconcileOf(name)
	log := r.log.With().Str("provider", name).Logger()
	api, err := openReconcileAPI(c, name)
	if err != nil {
		return // the warnings at start say so
	}
	defer api.close()
	every, quiet := usersync.Micros(period.Microseconds()), usersync.Micros(r.quiet.Microseconds())
	owed := r.owed.take(name)
	if owed > 0 {
		every = 1 // however short ago the last one was begun
	}
	run, due, err := r.db.Runs().BeginDue(ctx, usersync.RunKey{Kind: usersync.RunReconcile, Provider: name, Source: api.lister.Source()}, every, quiet, now())
	if owed > 0 && !due {
		r.owed.add(name, owed)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		log.Warn().Err(err).Msg("reconcile: cannot begin, tried again soon")
		return
	case !due:
		return
	}
	log.Info().Int64("run", run.ID).Msg("reconcile begun")
	found := &usersync.Reconciled{}
	engine := newEngine(r.db, log)
	engine.Observe, engine.Buried = r.metrics.Observe, r.metrics.Buried
	err = attended(ctx, r.db.Runs(), run, r.quiet/5, func(ctx context.Context) (err error) {
		run, found, err = api.run(ctx, engine, r.db, name, limit, run)
		return err
	})
	if ctx.Err() != nil {
		// Nobody records an end: another replica, or the next start, goes on.
		log.Info().Int64("run", run.ID).Msg("reconcile interrupted")
		return
	}
	err = ended(ctx, r.db.Runs(), run, found.Outcome(), err)
	switch {
	case errors.Is(err, usersync.ErrRunTaken):
		log.Info().Int64("run", run.ID).Msg("reconcile: another usersync goes on with it")
	case err != nil:
		log.Error().Err(err).Int64("run", run.ID).Dur("again_in_ms", r.quiet).Msg("reconcile failed, it goes on where it was")
	case found.Held != "":
		log.Warn().Int64("run", run.ID).Str("held", found.Held).Msg("reconcile: deletions are held back: look with `usersync reconcile " + name + "`")
	default:
		log.Info().Int64("run", run.ID).Int64("users", run.Counts.Users).Int64("changed", run.Counts.Changed).Int64("gone", run.Counts.Gone).
			Int64("missing", run.Counts.Drift.Missing).Msg("reconcile complete")
	}
}
