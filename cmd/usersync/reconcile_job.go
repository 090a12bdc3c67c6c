package main

import (
	"context"
	"errors"

	"usersync/internal/config"
	"usersync/internal/tally"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// reconcileAPI is what a reconcile asks a provider with.
type reconcileAPI struct {
	lister  *providers.Lister
	fetcher *providers.Fetcher // nil: the provider has no way to ask for one user
	redact  bool
}

func openReconcileAPI(c *config.Config, name string) (*reconcileAPI, error) {
	provider, err := configured(c, name)
	if err != nil {
		return nil, err
	}
	settings := apiSettings(c.Providers[name])
	a := &reconcileAPI{redact: c.Providers[name].OnDelete == "redact"}
	if a.lister, err = provider.Lister(settings, usersync.OriginReconcile); err != nil {
		return nil, err
	}
	a.fetcher, err = provider.Fetcher(settings, usersync.OriginReconcile)
	if err != nil && !errors.Is(err, providers.ErrNoPart) {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *reconcileAPI) close() {
	a.lister.Close()
	if a.fetcher != nil {
		a.fetcher.Close()
	}
}

// reconcileJob is one reconcile of the command line.
type reconcileJob struct {
	program *program
	config  *config.Config
	name    string
	db      *models.DB
	api     *reconcileAPI
	limit   config.Share
}

// over makes the work of a reconcile over an engine.
func (a *reconcileAPI) over(engine *usersync.Engine, db *models.DB, name string, limit config.Share) *usersync.Reconcile {
	work := &usersync.Reconcile{
		Provider: name, Roll: db.Roll(), MaxDeletes: limit.Of, Redact: a.redact,
		Backfill: usersync.Backfill{Lister: a.lister, Engine: engine, InFlight: pagesAhead, Together: usersTogether},
	}
	if a.fetcher != nil {
		work.Fetcher = a.fetcher
	}
	return work
}

// plan finds who differs and writes nothing but the record of the run.
func (j *reconcileJob) plan(ctx context.Context) (result *reconcileResult, err error) {
	listed, err := tally.New()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, listed.Close()) }()
	engine := newEngine(j.db, j.program.logger(j.config.Log))
	engine.DryRun = true
	work := j.api.over(engine, j.db, j.name, j.limit)
	work.Listed = listed
	return j.run(ctx, work, usersync.RunPlan, true)
}

// apply repairs the table.
func (j *reconcileJob) apply(ctx context.Context, restart bool) (*reconcileResult, error) {
	engine := newEngine(j.db, j.program.logger(j.config.Log))
	return j.run(ctx, j.api.over(engine, j.db, j.name, j.limit), usersync.RunReconcile, restart)
}

// run does the work as a run that is recorded.
func (j *reconcileJob) run(ctx context.Context, work *usersync.Reconcile, kind usersync.RunKind, restart bool) (*reconcileResult, error) {
	result := &reconcileResult{Provider: j.name, Applied: kind == usersync.RunReconcile}
	work.Backfill.Engine.Found = result.Findings.Add
	show := newProgress(j.program.stderr, string(kind), "users")
	show.watch(&work.Backfill, j.db.LastListed(ctx, j.name))
	defer show.close()
	key := usersync.RunKey{Kind: kind, Provider: j.name, Source: j.api.lister.Source()}
	run, resumed, err := recorded(ctx, j.db.Runs(), key, restart, func(run usersync.Run) (usersync.Run, usersync.RunOutcome, error) {
		show.begin(run.Counts.Users)
		run, found, err := work.Run(ctx, run)
		result.add(found)
		return run, found.Outcome(), err
	})
	result.Resumed, result.Run = resumed, run.Counts
	result.Digest = result.Findings.Digest()
	return result, err
}
