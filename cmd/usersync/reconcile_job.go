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
	a := &reconcileAPI{redact: provider.Redacts()}
	if a.lister, err = provider.Lister(settings, usersync.OriginReconcile); err != nil {
		return nil, ofProvider(name, err)
	}
	a.fetcher, err = provider.Fetcher(settings, usersync.OriginReconcile)
	if err != nil && !errors.Is(err, providers.ErrNoPart) {
		a.close()
		return nil, ofProvider(name, err)
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
	emptied bool // the operator says that the list may be empty
}

// over makes the work of a reconcile over an engine.
func (a *reconcileAPI) over(engine *usersync.Engine, db *models.DB, name string, limit config.Share) (*usersync.Reconcile, *tally.Tally, error) {
	listed, err := tally.New()
	if err != nil {
		return nil, nil, err
	}
	work := &usersync.Reconcile{
		Provider: name, Roll: db.Roll(), Listed: listed, MaxDeletes: limit.Of, Redact: a.redact,
		Backfill: usersync.Backfill{Lister: a.lister, Engine: engine, InFlight: pagesAhead, Together: usersTogether},
	}
	if a.fetcher != nil {
		work.Fetcher = a.fetcher
	}
	return work, listed, nil
}

// run reads the list of a run to its end, and repairs unless the engine only looks.
func (a *reconcileAPI) run(ctx context.Context, engine *usersync.Engine, db *models.DB, name string, limit config.Share, run usersync.Run) (usersync.Run, *usersync.Reconciled, error) {
	work, listed, err := a.over(engine, db, name, limit)
	if err != nil {
		return run, &usersync.Reconciled{}, err
	}
	run, found, err := work.Run(ctx, run)
	return run, found, errors.Join(err, listed.Close())
}

// plan finds who differs and writes nothing but the record of the run. It also
// returns who would be deleted.
func (j *reconcileJob) plan(ctx context.Context) (result *reconcileResult, gone map[usersync.UserKey]bool, err error) {
	gone = map[usersync.UserKey]bool{}
	result, err = j.run(ctx, usersync.RunPlan, true, func(work *usersync.Reconcile) {
		work.Backfill.Engine.DryRun = true
		work.Backfill.Engine.Found = func(d usersync.Drift) {
			if d.Kind == usersync.DriftGone {
				gone[d.UserKey] = true
			}
		}
	})
	return result, gone, err
}

// apply repairs the table. If only is not nil nobody else is deleted.
func (j *reconcileJob) apply(ctx context.Context, restart bool, only map[usersync.UserKey]bool) (*reconcileResult, error) {
	return j.run(ctx, usersync.RunReconcile, restart, func(work *usersync.Reconcile) {
		if only != nil {
			work.Only = func(key usersync.UserKey) bool { return only[key] }
		}
	})
}

// run does the work as a run that is recorded.
func (j *reconcileJob) run(ctx context.Context, kind usersync.RunKind, restart bool, change func(*usersync.Reconcile)) (result *reconcileResult, err error) {
	result = &reconcileResult{Provider: j.name, Applied: kind == usersync.RunReconcile, Findings: usersync.NewFindings()}
	engine := newEngine(j.db, j.program.logger(j.config.Log))
	work, listed, err := j.api.over(engine, j.db, j.name, j.limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, listed.Close()) }()
	work.Emptied = j.emptied
	change(work)
	show := newProgress(j.program.stderr, string(kind), "users")
	show.watch(&work.Backfill, j.db.LastListed(ctx, j.name))
	defer show.close()
	key := usersync.RunKey{Kind: kind, Provider: j.name, Source: j.api.lister.Source()}
	run, resumed, err := recorded(ctx, j.db.Runs(), key, restart, func(ctx context.Context, run usersync.Run) (usersync.Run, usersync.RunOutcome, error) {
		show.begin(run.Counts.Users)
		run, found, err := work.Run(ctx, run)
		result.add(found)
		return run, found.Outcome(), err
	})
	result.Resumed, result.Run, result.Failed = resumed, run.Counts, err != nil
	result.Digest = result.Findings.Digest()
	return result, err
}
