package usersync

import (
	"context"
	"errors"
	"sync"
)

// Breaker remembers that the database is away, so that nobody waits for it who
// could do something better. Whoever tries it finds out that it is back.
type Breaker struct {
	changed func(cause error)

	mu   sync.Mutex
	away error
}

// NewBreaker makes a Breaker of a database that is there. changed, if not nil,
// is told each time it goes away, with the cause, and with nil when it is back; it
// must not ask the Breaker.
func NewBreaker(changed func(cause error)) *Breaker { return &Breaker{changed: changed} }

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
	turns := (err == nil) != (b.away == nil)
	if b.away = err; turns && b.changed != nil {
		b.changed(err)
	}
}

// Watch returns a Store over s whose transactions tell the Breaker.
func (b *Breaker) Watch(s Store) Store { return &watched{s, b} }

type watched struct {
	store   Store
	breaker *Breaker
}

// Update implements Store. Of the errors, the data's own and the run's say
// nothing about the database.
func (w *watched) Update(ctx context.Context, lock Lock, decide func(Known) Changes) ([]bool, error) {
	stood, err := w.store.Update(ctx, lock, decide)
	var refused *RefusedError
	switch {
	case errors.As(err, &refused), errors.Is(err, ErrRunTaken), errors.Is(err, context.Canceled):
	default:
		w.breaker.Tell(err)
	}
	return stood, err
}
