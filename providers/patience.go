package providers

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sethvargo/go-retry"
)

// patience is how failed requests are tried again.
type patience struct {
	first, longest time.Duration // pauses: they double, with jitter
	retries        uint64
}

// usualPatience makes ten attempts in about two minutes.
var usualPatience = patience{first: 500 * time.Millisecond, longest: 30 * time.Second, retries: 9}

// budget is how long may still be waited between attempts, in nanoseconds. It
// is shared by the requests of one run.
type budget struct{ left atomic.Int64 }

func newBudget(d time.Duration) *budget {
	b := &budget{}
	b.left.Store(int64(d))
	return b
}

// take reserves a pause, if there is that much left.
func (b *budget) take(d time.Duration) bool {
	if b.left.Add(-int64(d)) >= 0 {
		return true
	}
	b.left.Add(int64(d))
	return false
}

// transientError is a failure that may be over at the next attempt.
type transientError struct {
	err    error
	after  time.Duration // how long the provider asked to be left alone, or 0
	unsent bool          // the provider has certainly done nothing
}

func (e *transientError) Error() string { return e.err.Error() }
func (e *transientError) Unwrap() error { return e.err }

// RetryAfter is how long the provider asked to be left alone, or 0.
func (e *transientError) RetryAfter() time.Duration { return e.after }

// do calls try until it succeeds, fails for good, or patience or budget are at
// an end.
func (p patience) do(ctx context.Context, b *budget, try func(context.Context) error) error {
	pauses := retry.WithMaxRetries(p.retries,
		retry.WithCappedDuration(p.longest, retry.WithJitterPercent(50, retry.NewExponential(p.first))))
	attempts, end := 0, ""
	var failure *transientError
	err := retry.Do(ctx, retry.BackoffFunc(func() (time.Duration, bool) {
		pause, stop := pauses.Next()
		pause = max(pause, failure.after)
		switch {
		case stop:
			end = fmt.Sprintf("given up after %d attempts", attempts)
		case !b.take(pause):
			stop = true
			end = fmt.Sprintf("another attempt is due in %s, which is longer than is waited: run it again then", pause.Round(time.Second))
		}
		return pause, stop
	}), func(ctx context.Context) error {
		attempts++
		err := try(ctx)
		if failure = nil; errors.As(err, &failure) {
			return retry.RetryableError(failure)
		}
		return err
	})
	if err != nil && end != "" {
		return fmt.Errorf("%w (%s)", err, end)
	}
	return err
}
