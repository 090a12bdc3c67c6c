package main

import (
	"context"
	"time"

	"usersync/bench/site"
	"usersync/bench/traffic"
)

// contestant is who is measured.
type contestant struct {
	name string
	// url is its own database, filled before the first measurement; "" if it has none.
	url string
	// fill makes its tables and its users, as they look at an instant.
	fill func(ctx context.Context, url string, users int, at time.Time) error
	// start starts it as a process before a database, which may be url behind a proxy.
	start func(ctx context.Context, url, address string) (*site.Server, error)
	// count counts what its database has of the events of a time, nil if nothing does.
	count func(ctx context.Context, from, to time.Time) (stored, error)
	// most is how many events a second are made ready for it: more than it can take.
	most   int
	binary string // the program, if its size is of interest
	size   int64

	next time.Time // of the next event: later than all that it was sent
	seed uint64    // of the last run
}

// stored is what a database has of a run.
type stored struct {
	Events  int // seen once
	Stale   int // of those; -1 if the database does not say
	Users   int // whose row an event of the run has changed last
	Letters int // events that were set aside
}

// span takes the times of a run's events, so that none is ever used twice.
func (c *contestant) span(count int) (from, to time.Time) {
	from = c.next
	c.next = from.Add(time.Duration(count+1) * traffic.Step)
	c.seed++
	return from, c.next
}
