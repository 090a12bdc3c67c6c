package usersync

import (
	"context"
	"log/slog"
	"time"
)

// How long a Drainer waits before it tries again: the database, if that was away, or
// requests that could not be applied. At first soon, since many an outage is one
// connection's.
const (
	drainPauseFirst = 100 * time.Millisecond
	drainPause      = time.Second
)

// drainRest is how long it rests at most where the same requests are refused again
// and nothing else came, or the spool's disk fails: each attempt stands in a log.
const drainRest = 30 * time.Second

// heldLong is for how long requests wait for rows that somebody holds before that is said:
// after an outage it is mostly the deliveries that arrive meanwhile, about the same users.
const heldLong = 5 * time.Second

// drainLook is how often a Drainer looks although nobody woke it: a spool may have
// something to tidy up.
const drainLook = time.Minute

// Drainer applies what is in a Spool, next to live deliveries. It is also who
// finds out that the database is back.
type Drainer struct {
	Spool  Spool
	Engine *Engine
	// Read makes of a spooled request what it says.
	Read func(v *Verified) *Delivery
	// Probe asks the database for an answer: before anything is drained while it
	// is away, and after a failure, to tell an outage from a request.
	Probe   func(ctx context.Context) error
	Breaker *Breaker // may be nil
	Log     *slog.Logger

	wake  chan struct{}
	again time.Duration // the last pause
	rest  time.Duration
	took  bool      // the database took something in the last pass
	told  time.Time // when it was last said that some are left
	since time.Time // from when on some were left after every pass
}

// NewDrainer completes a Drainer.
func NewDrainer(d Drainer) *Drainer {
	d.wake = make(chan struct{}, 1)
	return &d
}

// Wake says that there is something to do: a request was spooled, or the
// database went away.
func (d *Drainer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run drains until ctx ends: at once what is there, then whenever it is woken.
func (d *Drainer) Run(ctx context.Context) {
	for {
		left, err := d.turn(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil && left == 0 {
			d.again = 0
			pause(ctx, drainLook, d.wake)
			continue
		}
		// Who is woken while something is left waits all the same.
		d.again = min(max(2*d.again, drainPauseFirst), drainPause)
		pause(ctx, d.again, nil)
		pause(ctx, d.rest, d.wake)
	}
}

// turn drains once, if the database is there.
func (d *Drainer) turn(ctx context.Context) (left int, err error) {
	if d.Breaker.Away() != nil {
		if err := d.Probe(ctx); err != nil {
			if ctx.Err() == nil {
				d.Breaker.Tell(err) // perhaps for another reason than before
			}
			return 0, err
		}
	}
	drained := 0
	p := &drainPass{Drainer: d, report: func(n int) {
		if drained += n; n > 0 && d.Breaker.Away() != nil {
			d.Breaker.Tell(nil)
		}
	}}
	left, err = p.run(ctx)
	switch {
	case d.Breaker == nil || ctx.Err() != nil:
	case p.gone:
		d.Breaker.Tell(p.failed)
	case d.Breaker.Away() != nil && !p.away():
		// Perhaps there was nothing to try it with, but the probe found it. What
		// the spool's disk does is another matter.
		d.Breaker.Tell(nil)
	}
	if drained > 0 {
		d.again = 0
		d.Log.Info("spooled requests were applied", "requests", drained, "left", left)
	}
	if drained > 0 || p.away() || p.stuck == nil && err == nil {
		d.rest = 0
	} else {
		d.rest = min(max(2*d.rest, drainPause), drainRest)
	}
	d.tell(ctx, p, left, err)
	return left, err
}

// tell says, once a minute, that the database is there and requests wait all the
// same; where they wait for rows only, not before they have done so for a while.
func (d *Drainer) tell(ctx context.Context, p *drainPass, left int, err error) {
	if p.away() || ctx.Err() != nil || err == nil && left == 0 {
		d.since = time.Time{}
		return
	}
	if d.since.IsZero() {
		d.since = time.Now()
	}
	if err == nil && p.stuck == nil && time.Since(d.since) < heldLong || time.Since(d.told) < time.Minute {
		return
	}
	d.told = time.Now()
	if err != nil && p.failed == nil {
		d.Log.Error("the spool's disk fails: what is spooled there is applied once it can be read: look at the disk and at the rights of spool.dir", "error", err.Error())
		return
	}
	why := "their rows are held"
	if p.stuck != nil {
		why = p.stuck.Error()
	}
	d.Log.Warn("spooled requests wait: another session holds their rows, or the database refuses them: look for a long transaction, a trigger or a missing grant of the app's", "requests", left, "error", why)
}

// Drain makes one pass over the spool and reports, after each transaction, how
// many requests are done. An error means that the database does not take them, or
// that the spool cannot be read; left is how many stay.
func (d *Drainer) Drain(ctx context.Context, report func(done int)) (left int, err error) {
	return (&drainPass{Drainer: d, report: report}).run(ctx)
}
