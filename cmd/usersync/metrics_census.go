package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	usersync "usersync/sync"
)

// censusTimeout is how long the census may take.
const censusTimeout = 10 * time.Second

// censusEvery is how often it is taken: every 15 seconds, unless the alarms' rules have
// shorter times.
func censusEvery(c *config.Config) time.Duration { return 3 * lookEvery(c) }

// censusTaker counts what waits in the database, and keeps the last result for everybody:
// metrics, alarms and pages cost one census every 15 seconds, however many look.
type censusTaker struct {
	surveyor usersync.Surveyor
	away     func() error // why the database is not asked now, or nil
	log      zerolog.Logger
	config   atomic.Pointer[config.Config] // exchanged by a reload

	mu    sync.Mutex
	last  *usersync.Census
	taken time.Time
	fault error
	ends  map[runEnd]usersync.Micros
}

// runEnd names the last run of a provider that ended in one way.
type runEnd struct {
	provider string
	kind     usersync.RunKind
	outcome  usersync.RunOutcome
}

func newCensusTaker(surveyor usersync.Surveyor, away func() error, log zerolog.Logger) *censusTaker {
	return &censusTaker{surveyor: surveyor, away: away, log: log, ends: map[runEnd]usersync.Micros{}}
}

// run takes the census now and again until ctx ends.
func (t *censusTaker) run(ctx context.Context) {
	for ctx.Err() == nil {
		t.look(ctx)
		// Give or take a fifth, so that replicas do not ask all at once.
		every := censusEvery(t.config.Load())
		pause := time.NewTimer(every*4/5 + rand.N(every*2/5))
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// look takes the census once.
func (t *censusTaker) look(ctx context.Context) {
	err := t.away()
	var found *usersync.Census
	if err == nil {
		limited, cancel := context.WithTimeout(ctx, censusTimeout)
		found, err = t.surveyor.Census(limited, now())
		cancel()
	}
	if ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil && t.fault == nil && t.away() == nil: // else the outage is told already
		t.log.Warn().Err(err).Msg("what waits in the database cannot be counted: metrics, alarms and the dashboard show what was counted last")
	case err == nil && t.fault != nil:
		t.log.Info().Msg("what waits in the database is counted again")
	}
	t.fault = err
	if err == nil {
		t.last, t.taken = found, time.Now()
		t.note(found)
	}
}

// note remembers how runs ended: a census has only the last one of each kind, which may
// be one that goes on.
func (t *censusTaker) note(found *usersync.Census) {
	for i := range found.Runs {
		if r := &found.Runs[i]; r.Outcome != "" && r.Finished != 0 {
			end := runEnd{r.Provider, r.Kind, r.Outcome}
			t.ends[end] = max(t.ends[end], r.Finished)
		}
	}
}

// Last returns the last census and when it was taken; nil: none was so far. The error
// says why there is no newer one. Nobody may change what is returned.
func (t *censusTaker) Last() (*usersync.Census, time.Time, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last, t.taken, t.fault
}
