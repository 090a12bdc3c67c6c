package usersync

import (
	"context"
	"math/rand/v2"
	"time"
)

// How long is waited before a user is asked for again.
const (
	firstWait     = time.Second
	longestWait   = 5 * time.Minute  // between two attempts at one user
	longestPause  = 30 * time.Second // of all, while nothing succeeds
	longestRest   = 10 * time.Minute // that a provider may ask for
	untilLastLook = 10 * time.Minute // at a user that the provider does not know
)

// backoff is the wait after so many attempts: it doubles, and a quarter more or
// less of it keeps a crowd from coming back together.
func backoff(attempts int, longest time.Duration) time.Duration {
	wait := nominal(attempts, longest)
	return wait*3/4 + rand.N(wait/2)
}

func nominal(attempts int, longest time.Duration) time.Duration {
	wait := firstWait
	for range attempts - 1 {
		if wait *= 2; wait >= longest {
			return longest
		}
	}
	return wait
}

// patienceFor is how many attempts take longer than a change needs to show,
// with one to spare.
func patienceFor(lag time.Duration) int {
	attempts := 1
	for waited := time.Duration(0); waited <= lag; attempts++ {
		waited += nominal(attempts, longestWait)
	}
	return attempts + 1
}

// remindEvery is how often the same trouble is logged.
const remindEvery = time.Minute

// reminder says when a lasting trouble is to be logged: at first, and then now
// and again. It belongs to one goroutine.
type reminder struct {
	last  time.Time
	count int  // since it was logged
	told  bool // and not over yet
}

func (r *reminder) due(at time.Time) (count int, due bool) {
	r.count++
	if !r.last.IsZero() && at.Sub(r.last) < remindEvery {
		return 0, false
	}
	count, r.count, r.last, r.told = r.count, 0, at, true
	return count, true
}

// over ends the trouble and reports whether it was ever logged.
func (r *reminder) over() bool {
	told := r.told
	r.told, r.count = false, 0
	return told
}

// remark logs a trouble if it is due, and none that our own end causes.
func (h *Hydrator) remark(ctx context.Context, r *reminder, message string, err error) {
	if ctx.Err() != nil {
		return
	}
	if count, due := r.due(time.Now()); due {
		h.Log.Warn(message, "provider", h.Provider, "error", err.Error(), "times", count)
	}
}
