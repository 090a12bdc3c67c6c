package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"

	"usersync/bench/ceiling"
	"usersync/bench/gormserver"
	"usersync/bench/traffic"
	"usersync/internal/collector"
	"usersync/internal/config"
	"usersync/internal/linewriter"
)

// databaseEnv carries a database's URL to a process: it may hold a password, which does
// not belong on a command line.
const databaseEnv = "DATABASE_URL"

// serveGORM is the rival on echo and GORM as a process.
func serveGORM(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("bench gorm", flag.ContinueOnError)
	address := flags.String("listen", "127.0.0.1:8080", "`HOST:PORT`")
	connections := flags.Int("pool", gormPool, "connections to the database")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	db, err := gormserver.Open(os.Getenv(databaseEnv), *connections)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: gormserver.New(db, traffic.Secret), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // the load has ended by then
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// serveCeiling is usersync without a database as a process.
func serveCeiling(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("bench ceiling", flag.ContinueOnError)
	file := flags.String("config", "usersync.yaml", "configuration `FILE` as of usersync")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	c, err := config.Load(config.Options{File: *file, NeedProviders: true})
	if err != nil {
		return err
	}
	defer collector.CollectSeldom()()
	lines := linewriter.New(os.Stderr)
	log := zerolog.New(lines).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	return errors.Join(ceiling.Serve(ctx, c, log), lines.Close())
}
