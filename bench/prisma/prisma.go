// Package prisma runs a webhook handler of Express and Prisma, written as a team that
// knows both would write it: a rival of the benchmark. It needs node and npm.
package prisma

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"usersync/bench/traffic"
)

//go:embed package.json package-lock.json schema.prisma server.mjs
var project embed.FS

//go:embed tables.sql
var tables string

// Path is where the handler takes deliveries.
const Path = "/webhooks/authon"

// WithoutDedup is an environment that leaves out the table of processed events, and
// with it the transaction: a delivery that comes again is applied again.
const WithoutDedup = "DEDUP=off"

// Start makes the tables in a database that lacks them, brings the packages (the first
// time, from npm) and runs the handler until stop is called. The address is host:port,
// pid is the one process that answers there. The environment is added to the handler's:
// WithoutDedup, or POOL_SIZE, which is the number of connections to the database.
func Start(ctx context.Context, databaseURL string, environment ...string) (address string, pid int, stop func() error, err error) {
	dir, err := install(ctx)
	if err != nil {
		return "", 0, nil, err
	}
	if err := migrate(ctx, databaseURL); err != nil {
		return "", 0, nil, err
	}
	return serve(ctx, dir, append([]string{
		"NODE_ENV=production",
		"DATABASE_URL=" + databaseURL,
		"WEBHOOK_SECRET=" + traffic.Secret,
	}, environment...))
}

func migrate(ctx context.Context, databaseURL string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, tables); err != nil {
		return fmt.Errorf("making the handler's tables: %w", err)
	}
	return nil
}
