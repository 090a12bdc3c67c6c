package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"usersync/bench/result"
	"usersync/bench/scenario"
	"usersync/bench/site"
)

// absentError is why somebody cannot take part: the others are measured all the same.
type absentError string

func (e absentError) Error() string { return string(e) }

// run measures everything that was chosen, in turns: each round has all of it once.
func (c *comparison) run(ctx context.Context, chosen []scenario.Chosen) (r result.Result, err error) {
	r = result.Result{Began: time.Now(), Users: c.users, Rounds: c.rounds, Duration: c.duration.Seconds()}
	if c.growth {
		r.Users = c.growthUsers
	}
	if r.Machine, err = c.machine(ctx); err != nil {
		return r, err
	}
	if r.Doubts, err = c.cluster.Doubts(ctx); err != nil {
		return r, err
	}
	if site.InMemory(c.dir) {
		r.Doubts = append(r.Doubts, "SQLite's file is in memory: name a folder on a disk with -dir")
	}
	if c.usersync == "" {
		if c.usersync, err = c.build(ctx); err != nil {
			return r, err
		}
	}
	absent, err := c.prepare(ctx, chosen)
	if err != nil {
		return r, err
	}
	for name, why := range absent {
		r.Skipped = append(r.Skipped, name+": "+why)
	}
	rounds := make([]scenario.Round, c.rounds)
	for i := range rounds {
		rounds[i] = scenario.Round{}
		for _, chosen := range scenario.Turn(chosen, i) {
			if absent[chosen.Contestant] != "" {
				continue
			}
			figures, err := c.measure(ctx, chosen, rounds[i])
			err = errors.Join(err, c.tidy(ctx, c.contestants[chosen.Contestant]))
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			if err != nil {
				r.Failures = append(r.Failures, fmt.Sprintf("round %d, %s: %v", i+1, chosen.Key(), err))
				c.log("round %d/%d %-30s FAILED: %v", i+1, c.rounds, chosen.Key(), err)
				continue
			}
			rounds[i][chosen.Key()] = figures
			c.log("round %d/%d %-30s %8.0f events/s  p50 %.2f ms  p99 %.2f ms  CPU %.0f + %.0f µs", i+1, c.rounds, chosen.Key(),
				figures.EventsPerSecond, figures.P50/1000, figures.P99/1000, figures.ServerCPU, figures.PostgresCPU)
		}
	}
	r.Rows, r.Goals = rows(chosen, rounds), scenario.Judge(rounds)
	return r, nil
}

// prepare makes the contestants and fills their databases. It returns who is absent, and
// why.
func (c *comparison) prepare(ctx context.Context, chosen []scenario.Chosen) (absent map[string]string, err error) {
	c.contestants, absent = map[string]*contestant{}, map[string]string{}
	makers := c.makers()
	for _, chosen := range chosen {
		name := chosen.Contestant
		if c.contestants[name] != nil || absent[name] != "" {
			continue
		}
		made, err := makers[name](ctx)
		if err == nil {
			err = c.fill(ctx, made)
		}
		var why absentError
		switch {
		case errors.As(err, &why):
			absent[name] = string(why)
			c.log("%s does not take part: %s", name, why)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		default:
			c.contestants[name] = made
		}
	}
	return absent, nil
}

// fill makes a contestant's users, all of them older than the first event.
func (c *comparison) fill(ctx context.Context, who *contestant) error {
	began := time.Now()
	if who.users == 0 {
		who.users = c.users
	}
	at := began.Add(-behindNow).Truncate(time.Second)
	who.next = at.Add(time.Minute)
	if who.binary != "" {
		info, err := os.Stat(who.binary)
		if err != nil {
			return err
		}
		who.size = info.Size()
	}
	if who.fill == nil {
		return nil
	}
	if err := who.fill(ctx, who.url, who.users, at); err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	c.log("%s: %d users in %.1f s", who.name, who.users, time.Since(began).Seconds())
	if !who.onPostgres() {
		return nil
	}
	return c.cluster.Settle(ctx, who.url)
}

// rows sums the rounds up.
func rows(chosen []scenario.Chosen, rounds []scenario.Round) (rows []result.Row) {
	for _, c := range chosen {
		var all []result.Figures
		for _, round := range rounds {
			if f, ok := round[c.Key()]; ok {
				all = append(all, f)
			}
		}
		if len(all) > 0 {
			rows = append(rows, result.Row{Scenario: c.Scenario.Name, Contestant: c.Contestant, Median: result.Summary(all), Rounds: all})
		}
	}
	return rows
}
