package main

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/models"
)

// How long the daemon waits at start for a database that does not answer yet, as
// in a compose file that starts both: with a spool it can do without.
const (
	databaseWait = time.Minute
	firstLook    = 3 * time.Second
)

// lookTimeout is how long one look at a database that is away may take.
const lookTimeout = 2 * time.Second

// arrival is how a database comes to be used: it answers, and its schema is the
// one that is needed.
type arrival struct {
	config *config.Config
	db     *models.DB
	log    zerolog.Logger

	migrated bool
}

// awayError is that of a database that does not answer, as opposed to one that
// cannot be used as it is.
type awayError struct{ error }

// Unwrap gives the error itself.
func (e awayError) Unwrap() error { return e.error }

// atStart waits for the database. If away is not nil it does not answer, and
// there is a spool to start with all the same.
func (a *arrival) atStart(ctx context.Context) (away, err error) {
	limit, cancel := context.WithTimeout(ctx, databaseWait)
	defer cancel()
	for {
		err := a.look(ctx, firstLook)
		var missing awayError
		switch {
		case err == nil:
			return nil, nil
		case !errors.As(err, &missing):
			return nil, advise(a.config, err)
		case a.config.Spools() && !misconfigured(err):
			return err, nil
		}
		a.log.Warn().Err(err).Msg("waiting for the database")
		select {
		case <-limit.Done():
			return nil, advise(a.config, err)
		case <-time.After(time.Second):
		}
	}
}

// misconfigured reports whether the database did answer, and what it said does
// not change by itself soon: a wrong password, no such database.
func misconfigured(err error) bool {
	return refusedWith(err, "28P01") || refusedWith(err, "28000") || refusedWith(err, "3D000")
}

// again looks for a database that went away.
func (a *arrival) again(ctx context.Context) error {
	return advise(a.config, a.look(ctx, lookTimeout))
}

// look asks whether the database takes writes and, the first time, applies or refuses pending
// migrations.
func (a *arrival) look(ctx context.Context, limit time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := a.db.TakesWrites(limited); err != nil {
		return awayError{err}
	}
	if a.migrated {
		return nil
	}
	err := a.migrate(ctx)
	a.migrated = err == nil
	return err
}

// migrate applies pending migrations if the configuration lets it, else it
// refuses to go on with any. A migration takes as long as it takes.
func (a *arrival) migrate(ctx context.Context) error {
	if !a.config.Database.Migrate {
		limited, cancel := context.WithTimeout(ctx, databaseWait)
		defer cancel()
		return refusePending(limited, a.db)
	}
	applied, err := a.db.Migrate(ctx)
	for _, m := range applied {
		a.log.Info().Int64("version", m.Version).Str("name", m.Name).Msg("migration applied")
	}
	if err != nil {
		return err
	}
	if _, err := makePartitions(ctx, a.db, weeksAhead); err != nil {
		a.log.Warn().Err(err).Msg("partitions of the next weeks are not made yet, tried again soon")
	}
	return nil
}
