package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"usersync/bench/fill"
	"usersync/bench/result"
	"usersync/bench/site"
	"usersync/bench/traffic"
)

// gormPool is how many connections echo + GORM has: of 8, 16, 32 and 64 the one with which
// it was fastest at 64 senders.
const gormPool = 32

// makers make the contestants, by name.
func (c *comparison) makers() map[string]func(ctx context.Context) (*contestant, error) {
	return map[string]func(ctx context.Context) (*contestant, error){
		result.Postgres: c.makePostgres,
		result.SQLite:   c.makeSQLite,
		result.Ceiling:  c.makeCeiling,
		result.GORM:     c.makeGORM,
	}
}

func (c *comparison) makePostgres(ctx context.Context) (*contestant, error) {
	url, err := c.cluster.Create(ctx, "bench_usersync")
	return &contestant{
		name: result.Postgres, url: url, fill: fill.Usersync, start: c.startUsersync, most: 25_000, binary: c.usersync,
		count: func(ctx context.Context, from, to time.Time) (stored, error) {
			return countUsersync(ctx, url, from, to)
		},
	}, err
}

func (c *comparison) makeSQLite(context.Context) (*contestant, error) {
	file := filepath.Join(c.dir, "usersync.db")
	url := "sqlite:" + file
	return &contestant{
		name: result.SQLite, url: url, fill: fill.Usersync, start: c.startUsersync, most: 25_000, binary: c.usersync,
		count: func(ctx context.Context, from, to time.Time) (stored, error) { return countSQLite(ctx, file, from, to) },
	}, nil
}

func (c *comparison) makeCeiling(context.Context) (*contestant, error) {
	return &contestant{name: result.Ceiling, start: c.startCeiling, most: 40_000}, nil
}

func (c *comparison) makeGORM(ctx context.Context) (*contestant, error) {
	url, err := c.cluster.Create(ctx, "bench_gorm")
	return &contestant{
		name: result.GORM, url: url, fill: fill.GORM, start: c.startGORM, most: 12_000,
		count: func(ctx context.Context, from, to time.Time) (stored, error) { return countPlain(ctx, url, from, to) },
	}, err
}

// startUsersync starts the program as it is built for a release.
func (c *comparison) startUsersync(ctx context.Context, url, address string) (*site.Server, error) {
	file, err := c.configure(address)
	if err != nil {
		return nil, err
	}
	return site.Start(ctx, site.Program{
		Command: []string{c.usersync, "serve", "--config", file},
		Env:     []string{"USERSYNC_DATABASE__URL=" + url}, Log: c.logFile("usersync"),
	}, address)
}

func (c *comparison) startCeiling(ctx context.Context, _, address string) (*site.Server, error) {
	file, err := c.configure(address)
	if err != nil {
		return nil, err
	}
	return site.Start(ctx, site.Program{Command: []string{c.self, "ceiling", "-config", file}, Log: c.logFile("ceiling")}, address)
}

func (c *comparison) startGORM(ctx context.Context, url, address string) (*site.Server, error) {
	return site.Start(ctx, site.Program{
		Command: []string{c.self, "gorm", "-listen", address, "-pool", fmt.Sprint(c.gormPool)},
		Env:     []string{databaseEnv + "=" + url}, Log: c.logFile("gorm"),
	}, address)
}

// logFile is the file that a process writes to: a log costs the daemon what it does in
// production.
func (c *comparison) logFile(name string) string { return filepath.Join(c.dir, name+".log") }

// configure writes what an operator would, and no setting that makes anything faster.
func (c *comparison) configure(address string) (file string, err error) {
	admin, err := site.FreeAddress()
	if err != nil {
		return "", err
	}
	file = filepath.Join(c.dir, "usersync.yaml")
	text := fmt.Sprintf("listen: %s\nadmin:\n  listen: %s\nspool:\n  dir: %s\nproviders:\n  %s:\n    type: authon\n    secrets: [%s]\n",
		address, admin, filepath.Join(c.dir, "spool"), fill.Provider, traffic.Secret)
	return file, os.WriteFile(file, []byte(text), 0o600)
}
