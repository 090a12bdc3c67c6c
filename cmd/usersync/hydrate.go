package main

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// hydration fetches the users whose events carry only an id, with one worker
// for each provider that can be asked.
type hydration struct {
	queue   usersync.Hydrations
	log     zerolog.Logger
	workers atomic.Pointer[map[string]*usersync.Hydrator]

	exchanging sync.Mutex
	stopped    bool
	end        func() // stops the workers and waits for them
}

func newHydration(db *models.DB, log zerolog.Logger) *hydration {
	h := &hydration{queue: db.Hydrations(), log: log, end: func() {}}
	h.workers.Store(&map[string]*usersync.Hydrator{})
	return h
}

// fetches says whether a provider's users are fetched.
func (h *hydration) fetches(provider string) bool { return (*h.workers.Load())[provider] != nil }

// wake is told that a user of the provider was entered.
func (h *hydration) wake(provider string) {
	if worker := (*h.workers.Load())[provider]; worker != nil {
		worker.Wake()
	}
}

// exchange replaces the workers by those of a configuration. The old ones give
// back what they have in flight.
func (h *hydration) exchange(c *config.Config, deliver func(context.Context, *usersync.Delivery) (usersync.Outcome, error)) {
	h.exchanging.Lock()
	defer h.exchanging.Unlock()
	if h.stopped {
		return
	}
	fetchers, faults := fetchersOf(c)
	for _, fault := range faults {
		h.log.Warn().Msg(fault)
	}
	log := slog.New(zerolog.NewSlogHandler(h.log))
	workers := make(map[string]*usersync.Hydrator, len(fetchers))
	for name, fetcher := range fetchers {
		workers[name] = usersync.NewHydrator(usersync.Hydrator{
			Provider: name, Queue: h.queue, Fetcher: fetcher, Deliver: deliver,
			Clock: now, Log: log, Lag: fetcher.Lag,
		})
	}
	h.workers.Store(&workers)
	h.end()

	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, worker := range workers {
		running.Go(func() { worker.Run(ctx) })
	}
	h.end = func() {
		cancel()
		running.Wait()
		closeAll(fetchers)
	}
}

// stop ends all work for good.
func (h *hydration) stop() {
	h.exchanging.Lock()
	defer h.exchanging.Unlock()
	h.stopped = true
	h.end()
	h.end = func() {}
}

func closeAll(fetchers map[string]*providers.Fetcher) {
	for _, f := range fetchers {
		f.Close()
	}
}
