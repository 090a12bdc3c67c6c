package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"usersync/internal/config"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// recorded begins a run, or goes on with the last one, and records how do ended
// it, so that the next one can go on where this one was.
func recorded(ctx context.Context, runs usersync.Runs, key usersync.RunKey, restart bool,
	do func(usersync.Run) (usersync.Run, usersync.RunOutcome, error),
) (run usersync.Run, resumed bool, err error) {
	run, resumed, err = runs.Begin(ctx, key, restart, now())
	if err != nil {
		return run, resumed, err
	}
	run, outcome, err := do(run)
	return run, resumed, ended(ctx, runs, run, outcome, err)
}

// ended records the end of a run and returns its error. A run that somebody
// else goes on with is theirs.
func ended(ctx context.Context, runs usersync.Runs, run usersync.Run, outcome usersync.RunOutcome, err error) error {
	if errors.Is(err, usersync.ErrRunTaken) {
		return err
	}
	if err != nil {
		outcome = usersync.RunFailed
	}
	// ctx may be the reason why it ended.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, runs.End(recording, run, outcome, now()))
}

// configured returns a provider of the configuration by its name.
func configured(c *config.Config, name string) (*providers.Provider, error) {
	if provider := c.Built[name]; provider != nil {
		return provider, nil
	}
	return nil, fmt.Errorf("no provider %q is configured: choose one of %s", name, strings.Join(providerNames(c), ", "))
}

func apiSettings(p config.Provider) providers.APISettings {
	return providers.APISettings{
		URL: p.API.URL, Key: p.API.Key, Variant: p.API.Variant, Params: p.API.Params,
		PageSize: p.API.PageSize, RateLimit: float64(p.API.RateLimit), Timeout: p.API.Timeout,
		Lag: p.List.Lag, MaxFuture: p.MaxFuture,
	}
}

// openMigrated opens the database for a command that writes users. It migrates
// where serve would.
func openMigrated(ctx context.Context, c *config.Config) (*models.DB, error) {
	db, err := openDatabase(c)
	if err != nil {
		return nil, err
	}
	if c.Database.Migrate {
		_, err = db.Migrate(ctx)
	} else {
		err = refusePending(ctx, db)
	}
	if err != nil {
		return nil, errors.Join(advise(c, err), db.Close())
	}
	return db, nil
}
