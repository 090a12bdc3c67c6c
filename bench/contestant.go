package main

import (
	"context"
	"time"

	"usersync/bench/result"
	"usersync/bench/scenario"
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
	// direct measures it in its own way, where there is no server to send to.
	direct func(ctx context.Context, s scenario.Scenario) (result.Figures, error)
	// count counts what its database has of the events of a time, nil if nothing does.
	count func(ctx context.Context, s span) (stored, error)
	// most is how many events a second are made ready for it: more than it can take.
	most   int
	users  int    // in its database, and whom its events are about
	binary string // the program, if its size is of interest
	size   int64

	next time.Time // of the next event: later than all that it was sent
	seed uint64    // of the last run
}

// span are the events of one run.
type span struct {
	from, to time.Time // of the events; to is later than the last
	seed     uint64    // of their ids
}

// take takes the times and ids of a run's events, so that none is ever used twice: what is
// older than the row writes nothing, and neither does what was seen before.
func (c *contestant) take(count int) span {
	s := span{from: c.next, seed: c.seed + 1}
	s.to = s.from.Add(time.Duration(count+1) * traffic.Step)
	c.next, c.seed = s.to, s.seed
	return s
}
