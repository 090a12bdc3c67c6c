package usersync

import (
	"context"
	"log/slog"
	"time"
)

// How a Courier works. What of a batch is not tried when the better part of the loan
// is over is given back; a single try may take MessageTimeout at most, so two rounds of tries fit.
const (
	courierBatch    = 16
	courierInFlight = 8
	courierLoan     = 2 * time.Minute
	courierTries    = 90 * time.Second
	courierPause    = 50 * time.Millisecond // between two looks for what is due soon
	courierGrace    = 5 * time.Second       // at the end, for what is on its way: cut off, it would be sent again
)

// MessageTimeout is how long one try may take at most.
const MessageTimeout = 30 * time.Second

// How long a receiver is tried: so many tries at least, and so long since the event.
// Between two of them it waits ever longer; a receiver may ask for more.
const (
	courierLeast   = 10
	courierGivesUp = 3 * 24 * time.Hour
	courierWait    = time.Hour
	courierWaitMax = 6 * time.Hour
)

// Courier sends the messages of one action, each until it is taken: at least once, as
// whoever dies before that is noted has it sent again. Several may work at one outbox,
// in several processes.
type Courier struct {
	Action string
	Outbox Outbox
	// Post sends a message once. An error with a method RetryAfter says how long the
	// receiver wants to be left alone; one whose method Gone is true, that it wants
	// no more. Its text has no payload and no credential.
	Post  func(ctx context.Context, m *Message) error
	Clock func() Micros
	Log   *slog.Logger
	Look  time.Duration // others store messages too
	// Tried, if set, is told of each try, with MessageWaits for one that failed.
	Tried func(action string, became MessageOutcome)

	wake      chan struct{}
	queueing  reminder // faults of the outbox
	receiving reminder // faults of the receiver
}

// NewCourier returns c, ready to Run and to be woken.
func NewCourier(c Courier) *Courier {
	c.wake = make(chan struct{}, 1)
	return &c
}

// Wake says that a message was stored. It never waits.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. What is being sent then is given back.
func (c *Courier) Run(ctx context.Context) {
	failures := 0 // rounds in a row that the outbox did not answer, or of which the receiver took nothing
	for ctx.Err() == nil {
		r := c.round(ctx)
		failing := r.failed || r.full && r.refused // few may be wrong themselves, so many are not
		if !failing {
			failures = 0
		}
		switch {
		case failing && r.after < longestPause:
			failures++
			pause(ctx, backoff(failures, longestPause), nil)
		case r.after > 0:
			pause(ctx, min(r.after, longestRest), nil)
		case r.full: // there may be more
		default:
			pause(ctx, c.idle(r.next), c.wake)
		}
	}
}

// idle is how long nothing is due.
func (c *Courier) idle(next Micros) time.Duration {
	if next == 0 {
		return c.Look
	}
	return min(c.Look, max(courierPause, time.Duration(next-c.Clock())*time.Microsecond))
}
