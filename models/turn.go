package models

import (
	"context"
	"time"

	usersync "usersync/sync"
)

// holdFor is how long rows are locked while others write, at most. The others
// may need one of them, and then wait for it.
const holdFor = 300 * time.Millisecond

// turn is the turn of one Update, which comes once.
type turn struct {
	lock usersync.Lock
	came bool
}

// await waits for as long as it takes.
func (t *turn) await(ctx context.Context) error {
	if t.came || t.lock.Turn == nil {
		return nil
	}
	err := t.lock.Turn(ctx)
	t.came = err == nil
	return err
}

// soon waits while rows are locked. A *tooEarly says that they must be let go.
func (t *turn) soon(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, holdFor)
	defer cancel()
	err := t.await(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return &tooEarly{err}
	}
	return err
}

// tooEarly marks a transaction that let its rows go, because its turn did not
// come: it is repeated when it has.
type tooEarly struct{ error }

// Unwrap gives the error itself.
func (t *tooEarly) Unwrap() error { return t.error }
