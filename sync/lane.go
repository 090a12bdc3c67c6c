package usersync

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// lane runs one transaction after another. Of several lanes one has the turn to gather.
// It keeps it, unless the database is distant: then another lane goes on beside it.
type lane struct {
	*Batcher
	deliveries []*Delivery // of its transaction
	timer      *time.Timer // passes the turn on; nil if there is nobody to take it
	passed     atomic.Bool // it did, or it may not any more
}

func newLane(b *Batcher) *lane {
	l := &lane{Batcher: b}
	if b.options.Lanes > 1 {
		l.timer = time.AfterFunc(time.Hour, func() {
			if l.passed.CompareAndSwap(false, true) {
				b.turn <- struct{}{} // there is one turn, and room for it
			}
		})
		l.timer.Stop()
	}
	return l
}

// run ends when the Batcher is closed and drained.
func (l *lane) run() {
	for {
		select {
		case <-l.turn:
		case <-l.drained:
			return
		}
		for keeps := true; keeps; {
			batch, open := l.gather()
			if !open {
				close(l.drained)
				return
			}
			if len(batch) > 0 {
				keeps = l.fly(batch)
			}
		}
	}
}

// fly applies a batch and reports whether the lane still has the turn.
func (l *lane) fly(batch []*job) (keeps bool) {
	deliveries := make([]*Delivery, len(batch))
	for i, j := range batch {
		deliveries[i] = j.delivery
	}
	l.mu.Lock()
	l.deliveries = deliveries
	l.flying = append(l.flying, l)
	after, passes := l.pace.next()
	l.mu.Unlock()
	passes = passes && l.timer != nil
	if passes {
		l.passed.Store(false)
		l.timer.Reset(after)
	}
	began := time.Now()
	held := l.flush(batch, deliveries)
	keeps = true
	if passes {
		l.timer.Stop()
		keeps = l.passed.CompareAndSwap(false, true)
	}
	l.land(held, time.Since(began), len(batch))
	if !keeps {
		select {
		case l.ended <- struct{}{}:
		default: // who gathers has yet to hear of another
		}
	}
	return keeps
}

// land takes the lane from those that fly, and gives back what has to wait for a row.
func (l *lane) land(held []*job, took time.Duration, deliveries int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pace.note(took, deliveries)
	l.flying = slices.DeleteFunc(l.flying, func(other *lane) bool { return other == l })
	l.deliveries = nil
	l.back = append(l.back, held...)
}

// flush applies a batch, answers it, and returns those that have to wait for
// a row.
func (b *Batcher) flush(batch []*job, deliveries []*Delivery) (held []*job) {
	ctx, cancel := context.WithTimeout(context.Background(), b.options.Deadline)
	defer cancel()
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
