package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"usersync/bench/result"
	"usersync/bench/scenario"
)

// errAbsent is why somebody does not take part.
type errAbsent struct{ why string }

func (e errAbsent) Error() string { return e.why }

// run measures everything that was chosen, in turns: each round has all of it once.
func (c *comparison) run(ctx context.Context, chosen []scenario.Chosen) (r result.Result, err error) {
	r = result.Result{Began: time.Now(), Users: c.users, Rounds: c.rounds, Duration: c.duration.Seconds()}
	if r.Machine, err = c.machine(ctx); err != nil {
		return r, err
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
		for _, chosen := range chosen {
			if absent[chosen.Contestant] != "" {
				continue
			}
			figures, err := c.measure(ctx, chosen, rounds[i])
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
		var why errAbsent
		if errors.As(err, &why) {
			absent[name] = why.why
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		began := time.Now()
		made.next = began.Add(-behindNow).Truncate(time.Second)
		if made.fill != nil {
			if err := made.fill(ctx, made.url, c.users, made.next); err != nil {
				return nil, fmt.Errorf("%s: fill the database: %w", name, err)
			}
			if made.onPostgres() {
				if err := c.cluster.Settle(ctx, made.url); err != nil {
					return nil, err
				}
			}
			c.log("%s: %d users in %.1f s", name, c.users, time.Since(began).Seconds())
		}
		made.next = made.next.Add(time.Minute)
		if made.binary != "" {
			if info, err := os.Stat(made.binary); err == nil {
				made.size = info.Size()
			}
		}
		c.contestants[name] = made
	}
	return absent, nil
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
