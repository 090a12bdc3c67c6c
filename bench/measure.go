package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"usersync/bench/distance"
	"usersync/bench/proc"
	"usersync/bench/result"
	"usersync/bench/scenario"
	"usersync/bench/site"
	"usersync/bench/traffic"
)

// onPostgres reports whether the contestant's database is on the cluster.
func (c *contestant) onPostgres() bool { return strings.HasPrefix(c.url, "postgres") }

// measure starts a contestant, measures it, ends it, and looks whether the database has
// what was answered.
func (c *comparison) measure(ctx context.Context, chosen scenario.Chosen, round scenario.Round) (result.Figures, error) {
	who := c.contestants[chosen.Contestant]
	s := chosen.Scenario
	if s.Start {
		return c.measureStart(ctx, who)
	}
	if err := c.calm(ctx); err != nil {
		return result.Figures{}, err
	}
	if who.direct != nil {
		return who.direct(ctx, s)
	}
	if s.Half {
		if _, ok := round[scenario.Key(s.Base, who.name)]; !ok {
			return result.Figures{}, errors.New("its own maximum was not measured")
		}
	}
	order := c.order(s, who, round)
	span := who.take(order.count())
	if span.to.After(time.Now()) {
		return result.Figures{}, errors.New("more events than there is time for in the past: take fewer rounds or shorter measurements")
	}
	order.BeginMilli, order.Mix.Seed = span.from.UnixMilli(), span.seed

	databaseURL, close, err := c.reach(who, s.Trip)
	if err != nil {
		return result.Figures{}, err
	}
	defer close()
	if s.Poison > 0 {
		if err := poison(ctx, who.url); err != nil {
			return result.Figures{}, err
		}
		defer func() { _ = unpoison(context.WithoutCancel(ctx), who.url) }()
	}
	begin := func(context.Context) error { return nil }
	if c.growth { // also where it is off: another scenario may have left it on
		if err := c.cluster.Compress(ctx, who.url, s.Compressed); err != nil {
			return result.Figures{}, err
		}
	}
	if s.Checkpoint {
		begin = c.cluster.Checkpoint
	}
	figures, report, err := c.load(ctx, who, databaseURL, order, begin)
	if err != nil || who.count == nil {
		return figures, errors.Join(err, honest(s, who.users, report, nil))
	}
	found, err := who.count(ctx, span)
	if err != nil {
		return figures, fmt.Errorf("count what the database has: %w", err)
	}
	return figures, honest(s, who.users, report, &found)
}

// calm waits until the cluster has nothing to do, so that nobody pays for whoever was
// measured before.
func (c *comparison) calm(ctx context.Context) error {
	return errors.Join(c.cluster.Vacuumed(ctx), c.cluster.Checkpoint(ctx))
}

// tidy has what a measurement left behind vacuumed, which Postgres would do by itself within
// a minute, and in the middle of another measurement. A large database it leaves alone
// after so few changes.
func (c *comparison) tidy(ctx context.Context, who *contestant) error {
	if c.growth || !who.onPostgres() {
		return nil
	}
	return c.cluster.Settle(ctx, who.url)
}

// order is what the load generator is asked for in a scenario.
func (c *comparison) order(s scenario.Scenario, who *contestant, round scenario.Round) loadOrder {
	o := loadOrder{
		Connections: s.Connections, Duration: c.duration, Warmup: c.warmup, Most: who.most,
		Mix: traffic.Mix{Path: "/webhooks/authon", Users: who.users, Hot: s.Hot, Twice: s.Twice, Poison: s.Poison},
	}
	if s.Half {
		o.Rate = round[scenario.Key(s.Base, who.name)].EventsPerSecond / 2
	}
	return o
}

// load runs a contestant under a load. begin is called when all is ready, before the
// meters are read.
func (c *comparison) load(ctx context.Context, who *contestant, databaseURL string, order loadOrder, begin func(context.Context) error) (f result.Figures, report loadReport, err error) {
	if order.Address, err = site.FreeAddress(); err != nil {
		return f, report, err
	}
	server, err := who.start(ctx, databaseURL, order.Address)
	if err != nil {
		return f, report, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	order.Address = server.Address
	generator, err := startGenerator(ctx, c.self, order)
	if err != nil {
		return f, report, err
	}
	if err := begin(ctx); err != nil {
		return f, report, errors.Join(err, generator.end())
	}
	before, err := c.cluster.Read(ctx, server.PID)
	if err != nil {
		return f, report, errors.Join(err, generator.end())
	}
	if report, err = generator.run(); err != nil {
		return f, report, err
	}
	after, err := c.cluster.Read(ctx, server.PID)
	if err != nil {
		return f, report, err
	}
	peak, err := proc.Peak(server.PID)
	if err != nil {
		return f, report, err
	}
	return newFigures(report, before, after, peak, who), report, nil
}

// newFigures makes the figures of a measurement from the readings around it.
func newFigures(report loadReport, before, after site.Reading, peak int64, who *contestant) result.Figures {
	per := func(total float64) float64 { return total / float64(max(report.Sent, 1)) }
	f := result.Figures{
		EventsPerSecond: report.EventsPerSecond,
		P50:             float64(report.P50), P99: float64(report.P99), P999: float64(report.P999),
		ServerCPU: per(float64((after.Server - before.Server).Microseconds())),
		LoadCPU:   report.CPU,
		RSS:       float64(peak), Binary: float64(who.size),
		Events: report.Sent, Answers: report.Answers, Errors: report.Broken,
	}
	if who.onPostgres() {
		f.PostgresCPU = per(float64((after.Postgres - before.Postgres).Microseconds()))
		f.WAL = per(float64(after.WAL - before.WAL))
	}
	return f
}

// reach returns the URL under which a contestant reaches its database: through a proxy, if
// each round trip shall take longer.
func (c *comparison) reach(who *contestant, trip time.Duration) (databaseURL string, close func(), err error) {
	if trip == 0 {
		return who.url, func() {}, nil
	}
	u, err := url.Parse(who.url)
	if err != nil {
		return "", nil, errors.New("the database's URL cannot be read")
	}
	link, err := distance.Open(u.Host, trip)
	if err != nil {
		return "", nil, err
	}
	u.Host = link.Addr()
	return u.String(), func() { _ = link.Close() }, nil // of no use any more
}
