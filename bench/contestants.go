package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"usersync/bench/fill"
	"usersync/bench/pgbench"
	"usersync/bench/prisma"
	"usersync/bench/result"
	"usersync/bench/scenario"
	"usersync/bench/site"
	"usersync/bench/traffic"
)

// gormPool is how many connections echo + GORM has: with 64 senders 8 are too few, and 16,
// 32 and 64 differ by no more than one run does from the next (-gorm-pool tries others).
const gormPool = 32

// prismaPool is the same of Express + Prisma, one process that has one processor.
const prismaPool = 10

// mostOfOurs is how many events a second are made ready for usersync.
const mostOfOurs = 35_000

// makers make the contestants, by name.
func (c *comparison) makers() map[string]func(ctx context.Context) (*contestant, error) {
	return map[string]func(ctx context.Context) (*contestant, error){
		result.Small:    func(ctx context.Context) (*contestant, error) { return c.makeGrown(ctx, result.Small, smallUsers) },
		result.Large:    func(ctx context.Context) (*contestant, error) { return c.makeGrown(ctx, result.Large, c.growthUsers) },
		result.Postgres: c.makePostgres,
		result.SQLite:   c.makeSQLite,
		result.Ceiling:  c.makeCeiling,
		result.GORM:     c.makeGORM,
		result.Prisma:   c.makePrisma,
		result.PGBench:  c.makePGBench,
	}
}

func (c *comparison) makePostgres(ctx context.Context) (*contestant, error) {
	url, err := c.cluster.Create(ctx, "bench_usersync")
	return &contestant{
		name: result.Postgres, url: url, fill: fill.Usersync, start: c.startUsersync, most: mostOfOurs, binary: c.usersync,
		count: func(ctx context.Context, s span) (stored, error) { return countUsersync(ctx, url, s) },
	}, err
}

// smallUsers is how many users and events the smaller of the databases has that are
// compared for growth.
const smallUsers = 10_000

func (c *comparison) makeGrown(ctx context.Context, name string, users int) (*contestant, error) {
	url, err := c.cluster.Create(ctx, "bench_"+strings.ReplaceAll(name, "-", "_"))
	return &contestant{
		name: name, url: url, fill: fill.Grown, start: c.startUsersync, most: mostOfOurs, users: users,
		count: func(ctx context.Context, s span) (stored, error) { return countUsersync(ctx, url, s) },
	}, err
}

func (c *comparison) makeSQLite(context.Context) (*contestant, error) {
	file := filepath.Join(c.dir, "usersync.db")
	url := "sqlite:" + file
	return &contestant{
		name: result.SQLite, url: url, fill: fill.Usersync, start: c.startUsersync, most: mostOfOurs, binary: c.usersync,
		count: func(ctx context.Context, s span) (stored, error) { return countSQLite(ctx, file, s) },
	}, nil
}

func (c *comparison) makeCeiling(context.Context) (*contestant, error) {
	return &contestant{name: result.Ceiling, start: c.startCeiling, most: 60_000}, nil
}

func (c *comparison) makeGORM(ctx context.Context) (*contestant, error) {
	url, err := c.cluster.Create(ctx, "bench_gorm")
	return &contestant{
		name: result.GORM, url: url, fill: fill.GORM, start: c.startGORM, most: 12_000,
		count: func(ctx context.Context, s span) (stored, error) { return countGORM(ctx, url, s) },
	}, err
}

func (c *comparison) makePrisma(ctx context.Context) (*contestant, error) {
	if _, err := exec.LookPath("node"); err != nil {
		return nil, absentError("there is no node in PATH: install Node.js and npm to have it measured")
	}
	url, err := c.cluster.Create(ctx, "bench_prisma")
	return &contestant{
		name: result.Prisma, url: url, most: 6000,
		fill: func(ctx context.Context, url string, users int, at time.Time) error {
			if err := fill.Prisma(ctx, url, users, at); err != nil {
				return absentError(err.Error())
			}
			return nil
		},
		start: func(ctx context.Context, url, _ string) (*site.Server, error) {
			address, pid, stop, err := prisma.Start(ctx, url, fmt.Sprint("POOL_SIZE=", c.prismaPool))
			return &site.Server{Address: address, PID: pid, Stop: stop}, err
		},
		count: func(ctx context.Context, s span) (stored, error) { return countPrisma(ctx, url, s) },
	}, err
}

func (c *comparison) makePGBench(ctx context.Context) (*contestant, error) {
	url, err := c.cluster.Create(ctx, "bench_pgbench")
	return &contestant{
		name: result.PGBench, url: url,
		direct: func(ctx context.Context, s scenario.Scenario) (f result.Figures, err error) {
			run, err := pgbench.Run(ctx, url, c.users, s.Connections, c.warmup, c.duration)
			f.EventsPerSecond, f.P50, f.P99 = run.EventsPerSecond, float64(run.P50), float64(run.P99)
			f.Events = int(run.EventsPerSecond * c.duration.Seconds())
			return f, err
		},
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
