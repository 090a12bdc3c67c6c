package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"usersync/internal/config"
	"usersync/providers"
	usersync "usersync/sync"
)

// aliveEvery is how often somebody is heard of who is about a run.
const aliveEvery = time.Minute

// recorded begins a run, or goes on with the last one, and records how do ended
// it, so that the next one can go on where this one was.
func recorded(ctx context.Context, runs usersync.Runs, key usersync.RunKey, restart bool,
	do func(context.Context, usersync.Run) (usersync.Run, usersync.RunOutcome, error),
) (run usersync.Run, resumed bool, err error) {
	run, resumed, err = runs.Begin(ctx, key, restart, now())
	if err != nil {
		return run, resumed, err
	}
	var outcome usersync.RunOutcome
	err = attended(ctx, runs, run, aliveEvery, func(ctx context.Context) (err error) {
		run, outcome, err = do(ctx, run)
		return err
	})
	return run, resumed, ended(ctx, runs, run, outcome, err)
}

// attended says, as long as do works, that somebody is about the run: a page may
// take long. If somebody else goes on with it do's context ends.
func attended(ctx context.Context, runs usersync.Runs, run usersync.Run, every time.Duration, do func(context.Context) error) error {
	working, stop := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-ticker.C:
			}
			// A database that is away shows in the work itself.
			if err := runs.Alive(working, run, now()); errors.Is(err, usersync.ErrRunTaken) {
				stop(err)
			}
		}
	})
	err := do(working)
	if taken := context.Cause(working); err != nil && errors.Is(taken, usersync.ErrRunTaken) {
		err = taken
	}
	stop(nil)
	watch.Wait()
	return err
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

// ofProvider says in which section of the configuration a key is at fault.
func ofProvider(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("providers.%s: %w", name, err)
}
