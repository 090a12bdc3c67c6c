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

// How soon a delivery whose row was held by somebody else is tried again.
const busyRetry = 5 * time.Millisecond

// BatcherOptions are the limits of a Batcher; each must be positive.
type BatcherOptions struct {
	Queue    int           // deliveries that may wait
	Batch    int           // commands of one transaction, or one delivery if that has more
	Deadline time.Duration // for one Submit, from call to commit
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
}

// job is one delivery that waits. abandoned says that its sender has gone: a
// delivery that nobody has begun with is then not applied.
type job struct {
	delivery  *Delivery
	abandoned atomic.Bool
	done      chan Result
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
	timer := time.NewTimer(b.options.Deadline)
	defer timer.Stop()
	j := &job{delivery: d, done: make(chan Result, 1)}
	select {
	case <-b.closing:
		return OutcomeNone, ErrClosed
	default:
	}
	select {
	case b.queue <- j:
	case <-b.closing:
		return OutcomeNone, ErrClosed
	case <-timer.C:
		return OutcomeNone, errDeadline
	case <-ctx.Done():
		return OutcomeNone, fmt.Errorf("%w: %w", ErrNotDurable, ctx.Err())
	}
	select {
	case r := <-j.done:
		return r.Outcome, r.Err
	case <-timer.C:
		j.abandoned.Store(true)
		return OutcomeNone, errDeadline
	case <-ctx.Done():
		j.abandoned.Store(true)
		return OutcomeNone, fmt.Errorf("%w: %w", ErrNotDurable, ctx.Err())
	}
}

// Close stops taking deliveries, applies those that wait, and returns.
func (b *Batcher) Close() {
	b.once.Do(func() { close(b.closing) })
	<-b.drained
}

func (b *Batcher) run() {
	defer close(b.drained)
	var busy []*job // their rows are held by somebody else
	for {
		batch, open := b.gather(busy)
		if len(batch) > 0 {
			busy = b.flush(batch)
		} else {
			busy = nil
		}
		if !open && len(busy) == 0 {
			return
		}
	}
}

// gather waits for a first delivery, then takes along whatever waits. With
// deliveries to try again it waits no longer than until their turn. open is
// false once the Batcher is closing and nothing waits.
func (b *Batcher) gather(busy []*job) (batch []*job, open bool) {
	var retry <-chan time.Time
	if len(busy) > 0 {
		retry = time.After(busyRetry)
	}
	var first *job
	select {
	case first = <-b.queue:
	case <-retry:
	case <-b.closing:
		// Nobody may wait for the next one: take what is there.
		if len(busy) > 0 {
			<-retry
		}
	}
	size := 0
	for _, j := range busy {
		if !j.abandoned.Load() {
			batch = append(batch, j)
			size += j.size()
		}
	}
	if first != nil && !first.abandoned.Load() {
		batch = append(batch, first)
		size += first.size()
	}
	for size < b.options.Batch {
		select {
		case j := <-b.queue:
			if !j.abandoned.Load() {
				batch = append(batch, j)
				size += j.size()
			}
			continue
		default:
		}
		break
	}
	select {
	case <-b.closing:
		return batch, len(b.queue) > 0
	default:
		return batch, true
	}
}

func (j *job) size() int { return len(j.delivery.Commands) + len(j.delivery.Letters) }

// flush applies a batch, answers it, and returns those that have to wait for
// a row.
func (b *Batcher) flush(batch []*job) (busy []*job) {
	ctx, cancel := context.WithTimeout(context.Background(), b.options.Deadline)
	defer cancel()
	deliveries := make([]*Delivery, len(batch))
	for i, j := range batch {
		deliveries[i] = j.delivery
	}
	for i, r := range b.engine.Apply(ctx, deliveries) {
		if r.Busy && r.Err == nil {
			busy = append(busy, batch[i])
			continue
		}
		batch[i].done <- r
	}
	return busy
}
