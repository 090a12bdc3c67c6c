package main

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"usersync/bench/traffic"
)

// poison makes the table of users refuse some data, as a constraint of an app's does, and
// empties the dead letters, so that those of the scenario can be counted.
func poison(ctx context.Context, url string) error {
	return execute(ctx, url,
		"DELETE FROM usersync.dead_letters",
		"ALTER TABLE users ADD CONSTRAINT bench_poison CHECK (name <> '"+traffic.Poison+"')")
}

func unpoison(ctx context.Context, url string) error {
	return execute(ctx, url,
		"DELETE FROM usersync.dead_letters",
		"ALTER TABLE users DROP CONSTRAINT bench_poison")
}

func execute(ctx context.Context, url string, statements ...string) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
