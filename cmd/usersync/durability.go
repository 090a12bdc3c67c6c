package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/internal/config"
	"usersync/internal/spool"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// spoolPatience is how long a request may take to be spooled. With the wait for
// the database before it, a sender has its answer within 3 s.
const spoolPatience = 1200 * time.Millisecond

// pingPatience is how long readiness waits for a database beside a spool: who asks
// gives up after a second, as a rule, and the answer is yes either way.
const pingPatience = 500 * time.Millisecond

// durability is what a 200 stands on: the database and, for while that does not
// take deliveries, the spool.
type durability struct {
	db      *models.DB
	log     zerolog.Logger
	batcher *usersync.Batcher
	intake  *usersync.Intake

	// Without a spool these are nil.
	spool   *spool.Spool
	most    int64 // bytes, of the spool: a reload does not change it
	breaker *usersync.Breaker
	drainer *usersync.Drainer

	reading atomic.Pointer[map[string]*providers.Provider]
	outages outageLog
	// Set by who wants to be told: that the database is back, and of a delivery that
	// nothing took.
	back    func()
	refused func(provider string)
}

// newDurability opens the spool, if there is one. arrive makes a database that
// answers again fit for use; it is called by the same goroutine each time. gathered is
// told how many deliveries go into a transaction.
func newDurability(c *config.Config, db *models.DB, engine *usersync.Engine, gathered func(int), log zerolog.Logger, arrive func(context.Context) error) (*durability, error) {
	d := &durability{db: db, log: log, outages: outageLog{log: log}}
	d.replace(c)
	if c.Spools() {
		var err error
		if d.spool, err = openSpool(c, log); err != nil {
			return nil, err
		}
		d.most = c.Spool.MaxBytes
		for _, doubt := range spool.Doubts(c.Spool.Dir) {
			log.Warn().Str("dir", c.Spool.Dir).Msg("spool: " + doubt)
		}
		if waiting := d.spool.Stats().Records; waiting > 0 {
			log.Info().Int("requests", waiting).Msg("requests wait in the spool: they are applied when the database takes them")
		}
		if full := d.spool.Room(); full != nil {
			log.Warn().Err(full).Msg("the spool has no room: while the database is away, senders get 503")
		}
		d.breaker = usersync.NewBreaker(d.told)
		draining := *engine // one request at which it fails tells nothing of the database
		engine.Store = d.breaker.Watch(engine.Store)
		d.drainer = usersync.NewDrainer(usersync.Drainer{
			Spool: d.spool, Engine: &draining, Read: d.read, Breaker: d.breaker, Probe: arrive,
			Log: engine.Log,
		})
	}
	d.batcher = usersync.NewBatcher(engine, usersync.BatcherOptions{Queue: queueLength, Batch: batchLength, Deadline: c.Database.AckDeadline, Flights: flights(db), Gathered: gathered})
	d.intake = &usersync.Intake{Batcher: d.batcher, Breaker: d.breaker, Patience: spoolPatience, Observe: engine.Observe, Refused: d.takesNothing}
	if d.spool != nil {
		d.intake.Spool, d.intake.Spooled = d.spool, d.drainer.Wake
	}
	return d, nil
}

// flights is how many transactions may be on their way to the database at once: half of the
// connections are for everybody else. SQLite has one writer.
func flights(db *models.DB) int {
	if db.Dialect() == models.SQLite {
		return 1
	}
	return max(1, min(mostFlights, db.Stats().MaxOpenConnections/2))
}

// replace exchanges the providers that read what was spooled.
func (d *durability) replace(c *config.Config) { d.reading.Store(&c.Built) }

// read makes of a spooled request what it says by now.
func (d *durability) read(v *usersync.Verified) *usersync.Delivery {
	return reread(*d.reading.Load(), v, usersync.OriginSpool)
}

// reread reads what was kept of a request. If its provider is gone it becomes a
// dead letter: it was believed when it came.
func reread(all map[string]*providers.Provider, v *usersync.Verified, origin usersync.Origin) *usersync.Delivery {
	if p := all[v.Provider]; p != nil {
		return p.Reread(v, origin)
	}
	return &usersync.Delivery{Letters: []usersync.DeadLetter{{
		Provider: v.Provider, Reason: "unknown_provider",
		Detail:  "no provider of this name is configured anymore: configure it again, then retry the event",
		Payload: v.Body, Headers: v.Headers, Origin: origin, ReceivedAt: v.ReceivedAt,
	}}}
}

// told is told when the database goes away, that it still is, and when it is back.
func (d *durability) told(cause error) {
	if cause != nil {
		d.outages.away(cause)
		d.drainer.Wake()
		return
	}
	d.outages.back()
	if d.back != nil {
		d.back()
	}
}

// takesNothing is told of a delivery that was neither applied nor spooled.
func (d *durability) takesNothing(provider string, why error) {
	d.outages.full(why)
	if d.refused != nil {
		d.refused(provider)
	}
}

// parts are where a delivery can be made durable.
func (d *durability) parts() (parts []handlers.Part) {
	if d.spool != nil { // it answers at once
		parts = append(parts, handlers.Part{Name: "spool", Ready: func(context.Context) error { return d.spool.Room() }})
	}
	return append(parts, handlers.Part{Name: "database", Ready: func(ctx context.Context) error {
		if away := d.breaker.Away(); away != nil {
			return away
		}
		if d.spool != nil {
			limited, cancel := context.WithTimeout(ctx, pingPatience)
			defer cancel()
			ctx = limited
		}
		return d.db.Ping(ctx)
	}})
}

// run drains the spool until ctx ends.
func (d *durability) run(ctx context.Context) {
	if d.drainer != nil {
		d.drainer.Run(ctx)
	}
}

// lastDrain is how long a daemon that stops still empties its spool: its disk may
// go with it.
const lastDrain = 5 * time.Second

// close applies what waits, drains the spool if the database is there, and closes
// it. Nothing may be submitted anymore, and run has returned.
func (d *durability) close() error {
	d.batcher.Close()
	if d.spool == nil {
		return nil
	}
	if waiting := d.spool.Stats().Records; waiting > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), lastDrain)
		defer cancel()
		if d.breaker.Away() == nil {
			waiting, _ = d.drainer.Drain(ctx, func(int) {}) // what fails stays
		}
		if waiting > 0 {
			d.log.Warn().Int("requests", waiting).Msg("the spool is not empty: keep its directory, the next start applies what is in it")
		}
	}
	return d.spool.Close()
}
