package main

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"usersync/internal/action"
	"usersync/internal/config"
	"usersync/models"
	usersync "usersync/sync"
)

// couriersLook is how often the daemon looks for messages that are due: other
// replicas, and commands, store some too.
const couriersLook = 5 * time.Second

// couriers send what scripts ask for, with one worker for each action: a receiver that
// is slow keeps no other waiting.
type couriers struct {
	outbox  usersync.Outbox
	log     zerolog.Logger
	tried   *prometheus.CounterVec
	workers atomic.Pointer[map[string]*usersync.Courier]

	exchanging sync.Mutex
	stopped    bool
	end        func() // stops the workers and waits for them
}

func newCouriers(db *models.DB, registry prometheus.Registerer, log zerolog.Logger) *couriers {
	c := &couriers{
		outbox: db.Outbox(), log: log, end: func() {},
		tried: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usersync_action_messages_total",
			Help: "Tries to send a message of an action, by what became of it: sent, failed (it is tried again), given_up.",
		}, []string{"action", "outcome"}),
	}
	registry.MustRegister(c.tried)
	c.workers.Store(&map[string]*usersync.Courier{})
	return c
}

// wake is told that a message was stored.
func (c *couriers) wake(m *usersync.Message) {
	if worker := (*c.workers.Load())[m.Action]; worker != nil {
		worker.Wake()
	}
}

// exchange replaces the workers by those of a configuration. The old ones finish what is
// on its way.
func (c *couriers) exchange(fresh *config.Config) {
	c.exchanging.Lock()
	defer c.exchanging.Unlock()
	if c.stopped {
		return
	}
	workers := make(map[string]*usersync.Courier, len(fresh.BuiltActions))
	for id, declared := range fresh.BuiltActions {
		workers[id] = usersync.NewCourier(usersync.Courier{
			Action: id, Outbox: c.outbox, Post: declared.Post, Clock: now, Look: couriersLook,
			Log: slog.New(zerolog.NewSlogHandler(c.log)), Tried: c.count,
		})
		for _, outcome := range []string{"sent", "failed", "given_up"} {
			c.tried.WithLabelValues(id, outcome) // so that none that never failed is missing
		}
	}
	c.workers.Store(&workers)
	c.end()

	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, worker := range workers {
		running.Go(func() { worker.Run(ctx) })
	}
	c.end = func() {
		cancel()
		running.Wait()
		closeActions(fresh.BuiltActions)
	}
}

func closeActions(all map[string]*action.Action) {
	for _, a := range all {
		a.Close()
	}
}

func (c *couriers) count(id string, became usersync.MessageOutcome) {
	outcome := string(became)
	if became == usersync.MessageWaits {
		outcome = "failed"
	}
	c.tried.WithLabelValues(id, outcome).Inc()
}

// stop ends all work for good.
func (c *couriers) stop() {
	c.exchanging.Lock()
	defer c.exchanging.Unlock()
	c.stopped = true
	c.end()
	c.end = func() {}
}
