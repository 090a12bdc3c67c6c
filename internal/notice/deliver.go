package notice

import (
	"context"
	"errors"
	"time"

	"github.com/sethvargo/go-retry"
)

// How a notice is tried again: after 1 s, then twice as long each time up to longestWait,
// a quarter more or less, for as long as Patience.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
	jitter      = 25 // percent
	// Patience is how long a receiver may be away before a notice is given up.
	Patience = 2 * time.Hour
)

// deliver tries until the receiver takes the notice, and reports whether it did.
func (a *address) deliver(ctx context.Context, n *Notice) (taken bool) {
	message, err := n.Message(a.office.Sender)
	if err != nil {
		a.log().Error("a notification cannot be made", "error", err.Error())
		return false
	}
	waits := retry.WithJitterPercent(jitter, retry.WithCappedDuration(longestWait, retry.NewExponential(firstWait)))
	log := a.log().With("type", string(n.Type), "kind", string(n.Alarm.Kind), "provider", n.Alarm.Provider, "id", message.ID)
	for first := true; ; first = false {
		err := (*a.post.Load()).Post(ctx, message)
		if ctx.Err() != nil && err != nil {
			return false
		}
		if a.note(err); err == nil {
			log.Info("notified of an alarm")
			return true
		}
		wait, gone := advised(err)
		next, _ := waits.Next() // it never ends by itself
		wait = max(min(wait, longestWait), next)
		if gone || a.office.Clock().Add(wait).Sub(n.At) > Patience {
			log.Error("a notification is given up: nobody was told of the alarm", "error", err.Error())
			return false
		}
		if first {
			log.Warn("a notification was not taken, it is tried again", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(wait):
		}
	}
}

// advised is what the receiver says of later tries: how long to leave it alone, and
// whether it wants none.
func advised(err error) (wait time.Duration, gone bool) {
	var said interface {
		RetryAfter() time.Duration
		Gone() bool
	}
	if errors.As(err, &said) {
		return said.RetryAfter(), said.Gone()
	}
	return 0, false
}

// note keeps how the last try ended.
func (a *address) note(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.trouble = ""
	if err != nil {
		a.trouble = err.Error()
	}
}
