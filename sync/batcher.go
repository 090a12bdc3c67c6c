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
	// Gathered, if set, is told how many deliveries go into a transaction.
	Gathered func(deliveries int)
}

// Batcher gathers waiting deliveries into one transaction (group commit).
// There is no timer: whoever waits when the last commit ends goes along.
type Batcher struct {
	engine  *Engine
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
		engine:  engine,
		options: options,
		queue:   make(chan *job, options.Queue),
		closing: make(chan struct{}),
		drained: make(chan struct{}),
	}
	go b.run()
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

// run is the flusher: the only goroutine that applies deliveries.
func (b *Batcher) run() {
	defer close(b.drained)
	var held []*job // their rows are held by somebody else
	for open := true; open || len(held) > 0; {
		var batch []*job
		batch, held, open = b.gather(held)
		if len(batch) > 0 {
			held = append(held, b.flush(batch)...)
		}
	}
}

// gather waits for a first delivery, then takes along whatever waits, and
// those of the held ones whose turn it is. open is false once the Batcher is
// closing and its queue is empty.
func (b *Batcher) gather(held []*job) (batch, later []*job, open bool) {
	var turn <-chan time.Time
	if len(held) > 0 {
		turn = time.After(time.Until(earliest(held)))
	}
	select {
	case first := <-b.queue:
		batch = b.take(first)
	case <-turn:
	case <-b.closing:
		select {
		case first := <-b.queue:
			batch = b.take(first)
		default:
			if turn != nil {
				<-turn
			}
		}
	}
	// Held deliveries do not count: however many they are, others go along.
	now := time.Now()
	retried := 0
	for _, j := range held {
		switch {
		case j.abandoned.Load():
		case retried < b.options.Batch && !now.Before(j.due):
			batch = append(batch, j)
			retried += j.size()
		default:
			later = append(later, j)
		}
	}
	select {
	case <-b.closing:
		return batch, later, len(b.queue) > 0
	default:
		return batch, later, true
	}
}

// take gathers what waits in the queue behind the first one.
func (b *Batcher) take(first *job) (batch []*job) {
	size := 0
	for j := first; ; {
		if !j.abandoned.Load() {
			batch = append(batch, j)
			size += j.size()
		}
		if size >= b.options.Batch {
			return batch
		}
		select {
		case j = <-b.queue:
		default:
			return batch
		}
	}
}

// earliest returns when the first of the held deliveries is due.
func earliest(held []*job) time.Time {
	due := held[0].due
	for _, j := range held[1:] {
		if j.due.Before(due) {
			due = j.due
		}
	}
	return due
}

func (j *job) size() int {
	return len(j.delivery.Commands) + len(j.delivery.Letters) + len(j.delivery.Messages)
}

// flush applies a batch, answers it, and returns those that have to wait for
// a row.
func (b *Batcher) flush(batch []*job) (held []*job) {
	ctx, cancel := context.WithTimeout(context.Background(), b.options.Deadline)
	defer cancel()
	deliveries := make([]*Delivery, len(batch))
	for i, j := range batch {
		deliveries[i] = j.delivery
	}
	if b.options.Gathered != nil {
		b.options.Gathered(len(batch))
	}
	for i, r := range b.engine.Apply(ctx, deliveries) {
		if r.Busy && r.Err == nil {
			held = append(held, batch[i].putOff())
			continue
		}
		batch[i].done <- r
	}
	return held
}

// putOff says when the delivery is tried again: each time a little later.
func (j *job) putOff() *job {
	j.wait = min(max(2*j.wait, busyRetry), busyRetryMax)
	j.due = time.Now().Add(j.wait)
	return j
}
