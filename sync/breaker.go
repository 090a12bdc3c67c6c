package usersync

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Breaker remembers that the database is away, so that nobody waits for it who
// could do something better. Its Drainer finds out that it is back, and makes it fit
// for use before anybody else writes to it.
type Breaker struct {
	told func(cause error)

	mu   sync.Mutex
	away error
}

// NewBreaker makes a Breaker of a database that is there. told, if not nil, is
// told the cause when it goes away and each time it turns out to be still away,
// and nil when it is back; it must not ask the Breaker.
func NewBreaker(told func(cause error)) *Breaker { return &Breaker{told: told} }

// Away returns why the database is away, or nil. A nil Breaker knows of nothing.
func (b *Breaker) Away() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.away
}

// Tell notes how an attempt ended.
func (b *Breaker) Tell(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	news := err != nil || b.away != nil
	if b.away = err; news && b.told != nil {
		b.told(err)
	}
}

// Watch returns a Store over s whose failures tell the Breaker, and which does not try
// while the database is away. A transaction that succeeds by chance, as one that had begun
// before, does not say that the schema is the one that is needed: only the Drainer has
// looked.
func (b *Breaker) Watch(s Store) Store { return &watched{s, b} }

type watched struct {
	store   Store
	breaker *Breaker
}

// Update implements Store. Of the errors, the data's own and the run's say
// nothing about the database.
func (w *watched) Update(ctx context.Context, lock Lock, decide func(Known) Changes) ([]bool, error) {
	if away := w.breaker.Away(); away != nil {
		return nil, fmt.Errorf("the database is away: %w", away)
	}
	stood, err := w.store.Update(ctx, lock, decide)
	var refused *RefusedError
	switch {
	case err == nil, errors.As(err, &refused), errors.Is(err, ErrRunTaken), errors.Is(err, context.Canceled):
	default:
		w.breaker.Tell(err)
	}
	return stood, err
}
