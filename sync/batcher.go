package usersync

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is returned by Submit after Close.
var ErrClosed = fmt.Errorf("%w: shutting down", ErrNotDurable)

// errDeadline is returned by Submit when the store was too slow.
var errDeadline = fmt.Errorf("%w: the database did not answer in time", ErrNotDurable)

// How soon a delivery whose row was held by somebody else is tried again: at
// first, and at most.
const (
	busyRetry    = 5 * time.Millisecond
	busyRetryMax = 100 * time.Millisecond
)

// BatcherOptions are the limits of a Batcher. All but Flights must be positive.
type BatcherOptions struct {
	Queue    int           // deliveries that may wait, besides those that are being gathered
	Batch    int           // commands of one transaction, or one delivery if that has more
	Deadline time.Duration // for one Submit, from call to commit
	// Flights is how many transactions there may be at once where the database is far away,
	// if more than one. Where it is near one is enough, whatever this says.
	Flights int
	// Gathered, if set, is told how many deliveries go into a transaction.
	Gathered func(deliveries int)
}

// Batcher gathers waiting deliveries into one transaction (group commit).
// There is no timer: whoever waits when a transaction begins goes along.
type Batcher struct {
	options BatcherOptions
	queue   chan *job
	closing chan struct{}
	drained chan struct{}
	once    sync.Once
	idle    sync.Pool // of *job
}

// job is one delivery that waits. abandoned says that its sender has gone: a
// delivery that nobody has begun with is then not applied.
type job struct {
	delivery  *Delivery
	abandoned atomic.Bool
	done      chan Result
	timer     *time.Timer

	// For one whose row was held by somebody else: when to try again.
	due  time.Time
	wait time.Duration
}

// NewBatcher starts a Batcher; Close stops it.
func NewBatcher(engine *Engine, options BatcherOptions) *Batcher {
	b := &Batcher{
		options: options,
		queue:   make(chan *job, options.Queue),
		closing: make(chan struct{}),
		drained: make(chan struct{}),
	}
	d := dispatcher{queue: b.queue, closing: b.closing, options: options}
	own := *engine
	own.Waited = func() { d.waited.Store(true) }
	d.apply = own.Apply
	go func() {
		defer close(b.drained)
		d.run()
	}()
	return b
}

// Submit waits until the delivery is durable and returns its outcome. An error
// wraps ErrNotDurable: the delivery was not applied, or nobody knows. If ctx
// ends first, the delivery may be applied all the same.
func (b *Batcher) Submit(ctx context.Context, d *Delivery) (Outcome, error) {
	select {
	case <-b.closing:
		return OutcomeNone, ErrClosed
	default:
	}
	j := b.job(d)
	defer b.end(j)
	select {
	case b.queue <- j:
	case <-b.closing:
		return OutcomeNone, ErrClosed
	case <-j.timer.C:
		return OutcomeNone, errDeadline
	case <-ctx.Done():
		return OutcomeNone, fmt.Errorf("%w: %w", ErrNotDurable, ctx.Err())
	}
	select {
	case r := <-j.done:
		j.delivery = nil
		return r.Outcome, r.Err
	case <-j.timer.C:
		j.abandoned.Store(true)
		return OutcomeNone, errDeadline
	case <-ctx.Done():
		j.abandoned.Store(true)
		return OutcomeNone, fmt.Errorf("%w: %w", ErrNotDurable, ctx.Err())
	}
}

// job returns a job for a delivery, with its timer running.
func (b *Batcher) job(d *Delivery) *job {
	j, ok := b.idle.Get().(*job)
	if !ok {
		return &job{delivery: d, done: make(chan Result, 1), timer: time.NewTimer(b.options.Deadline)}
	}
	j.delivery, j.wait = d, 0
	j.timer.Reset(b.options.Deadline)
	return j
}

// end stops the job's timer, and keeps one that was answered for another delivery: the
// dispatcher has forgotten it.
func (b *Batcher) end(j *job) {
	j.timer.Stop()
	if j.delivery == nil {
		b.idle.Put(j)
	}
}

// Close stops taking deliveries, applies those that wait, and returns.
func (b *Batcher) Close() {
	b.once.Do(func() { close(b.closing) })
	<-b.drained
}

func (j *job) size() int {
	return len(j.delivery.Commands) + len(j.delivery.Letters) + len(j.delivery.Messages)
}

// putOff says when the delivery is tried again: each time a little later.
func (j *job) putOff() *job {
	j.wait = min(max(2*j.wait, busyRetry), busyRetryMax)
	j.due = time.Now().Add(j.wait)
	return j
}
