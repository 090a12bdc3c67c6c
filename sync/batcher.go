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

// BatcherOptions are the limits of a Batcher, each of which must be positive.
type BatcherOptions struct {
	Queue    int           // deliveries that may wait
	Batch    int           // commands of one transaction, or one delivery if that has more
	Deadline time.Duration // for one Submit, from call to commit
	// Lanes is how many transactions may run at once, 0 stands for one: a store with one
	// writer has nothing from more.
	Lanes int
	// Gathered, if set, is told how many deliveries go into a transaction.
	Gathered func(deliveries int)
}

// Batcher gathers waiting deliveries into one transaction (group commit).
// Nobody waits for a batch to fill: whoever waits when the last commit ends goes along.
type Batcher struct {
	engine  *Engine
	options BatcherOptions
	queue   chan *job
	closing chan struct{}
	drained chan struct{}
	once    sync.Once
	idle    sync.Pool // of *job

	turn  chan struct{} // the turn to gather, while no lane has it
	ended chan struct{} // a transaction has: held deliveries may have come back

	mu     sync.Mutex
	flying []*lane // whose transactions run
	pace   pace
	back   []*job // held deliveries that these gave back
	held   []*job // of whoever has the turn
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
		engine:  engine,
		options: options,
		queue:   make(chan *job, options.Queue),
		closing: make(chan struct{}),
		drained: make(chan struct{}),
		turn:    make(chan struct{}, 1),
		ended:   make(chan struct{}, 1),
	}
	b.turn <- struct{}{}
	for range max(options.Lanes, 1) {
		go newLane(b).run()
	}
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
// flusher has forgotten it.
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
