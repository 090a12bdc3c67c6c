package usersync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// drainPause is how long a Drainer waits before it tries again: the database,
// if that was away, or requests that could not be applied.
const drainPause = time.Second

// drainLook is how often a Drainer looks although nobody woke it: a spool may have
// something to tidy up.
const drainLook = time.Minute

// drainLimit bounds one transaction of a Drainer, drainPatience how long it may
// take: nobody waits for it.
const (
	drainLimit    = 512
	drainPatience = 10 * time.Second
)

// Drainer applies what is in a Spool, next to live deliveries. It is also who
// finds out that the database is back.
type Drainer struct {
	Spool  Spool
	Engine *Engine
	// Read makes of a spooled request what it says.
	Read func(v *Verified) *Delivery
	// Breaker and Probe go together: while the database is away, nothing is
	// drained before Probe has found it. Both may be nil.
	Breaker *Breaker
	Probe   func(ctx context.Context) error
	Log     *slog.Logger

	wake chan struct{}
	told time.Time // when it was last said that some are left
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
		// Who is woken while something is left waits all the same.
		wake, pause := d.wake, drainLook
		if err != nil || left > 0 {
			wake, pause = nil, drainPause
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-time.After(pause):
		}
	}
}

// turn drains once, if the database is there.
func (d *Drainer) turn(ctx context.Context) (left int, err error) {
	if d.Breaker.Away() != nil {
		if err := d.Probe(ctx); err != nil {
			return 0, err
		}
	}
	drained := 0
	left, err = d.Drain(ctx, func(n int) { drained += n })
	if err == nil && d.Breaker.Away() != nil {
		d.Breaker.Tell(nil) // there was nothing to try it with, but the probe found it
	}
	if drained > 0 {
		d.Log.Info("spooled requests were applied", "requests", drained, "left", left)
	}
	d.tellLeft(left, err)
	return left, err
}

// tellLeft says, once a minute, that the database is there and requests wait all
// the same.
func (d *Drainer) tellLeft(left int, err error) {
	if err != nil || left == 0 || time.Since(d.told) < time.Minute {
		return
	}
	d.told = time.Now()
	d.Log.Warn("spooled requests wait: another session holds their rows, or the database refuses them: look for a long transaction, a trigger or a missing grant of the app's", "requests", left)
}

// Drain makes one pass over the spool and reports, after each transaction, how
// many requests are done. An error means that the database does not take them;
// left is how many stay.
func (d *Drainer) Drain(ctx context.Context, report func(done int)) (left int, err error) {
	return d.Spool.Drain(ctx, drainLimit, func(ctx context.Context, batch []Verified) ([]bool, error) {
		done, err := d.apply(ctx, batch)
		count := 0
		for _, ok := range done {
			if ok {
				count++
			}
		}
		report(count)
		return done, err
	})
}

// apply applies requests in one transaction. A row that somebody holds, or what
// the database may refuse by the app's fault, keeps its own request waiting and
// nobody else's.
func (d *Drainer) apply(ctx context.Context, batch []Verified) (done []bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, drainPatience)
	defer cancel()
	deliveries := make([]*Delivery, len(batch))
	for i := range batch {
		deliveries[i] = d.Read(&batch[i])
	}
	done = make([]bool, len(batch))
	for i, r := range d.Engine.Apply(ctx, deliveries) {
		done[i] = r.Err == nil && !r.Busy
		var refused *RefusedError
		if r.Err != nil && !errors.As(r.Err, &refused) {
			err = fmt.Errorf("drain the spool: %w", r.Err)
		}
	}
	return done, err
}
