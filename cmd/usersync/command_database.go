package main

import (
	"cmp"
	"context"
	"errors"
	"time"

	"usersync/internal/config"
	"usersync/models"
)

// withDatabase opens the database for one command.
func (p *program) withDatabase(ctx context.Context, c *config.Config, do func(*models.DB) error) (err error) {
	db, err := p.openMigrated(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return advise(c, do(db))
}

// openMigrated opens the database for a command that writes users. It migrates
// where serve would.
func (p *program) openMigrated(ctx context.Context, c *config.Config) (*models.DB, error) {
	db, err := p.openAnswering(ctx, c)
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

// answerWait is how long a command waits for the first answer of the database.
const answerWait = 10 * time.Second

// openAnswering opens the database for a command, and gives up if it does not
// answer: it may accept a connection and say nothing.
func (p *program) openAnswering(ctx context.Context, c *config.Config) (*models.DB, error) {
	db, err := openDatabase(c)
	if err != nil {
		return nil, err
	}
	if db.Dialect() == models.Postgres {
		limit, cancel := context.WithTimeout(ctx, cmp.Or(p.answerWait, answerWait))
		defer cancel()
		if err := db.Ping(limit); err != nil {
			return nil, errors.Join(advise(c, err), db.Close())
		}
	}
	return db, nil
}
