package usersync

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// drainLimit bounds one transaction of a Drainer, drainPatience how long it may
// take: nobody waits for it.
const (
	drainLimit    = 512
	drainPatience = 10 * time.Second
)

// drainTries is how many transactions of a batch may fail one after the other although
// the database answers, and as long as it has taken nothing else, before the rest
// waits for the next pass.
const drainTries = 20

// drainPass goes once over a spool.
type drainPass struct {
	*Drainer
	report func(done int)

	worked bool  // the database took a transaction, or refused only data
	gone   bool  // it does not answer
	tries  int   // transactions that failed although it answers
	failed error // of the last transaction that failed as a whole
	stuck  error // why the last request that stays does, if not for a held row
}

// run makes the pass.
func (p *drainPass) run(ctx context.Context) (left int, err error) {
	left, err = p.Spool.Drain(ctx, drainLimit, p.apply)
	if err == nil && !p.worked {
		err = p.failed
	}
	p.took = p.worked
	return left, err
}

// away reports whether the database takes nothing, as far as can be told from a
// few requests that perhaps nothing could be done with.
func (p *drainPass) away() bool { return p.gone || !p.worked && p.tries >= drainTries }

// apply applies a batch. If that fails though the database answers, it is halved, and
// the halves again: a row that cannot be read, or a trigger that never ends, keeps
// its own request waiting and nobody else's.
func (p *drainPass) apply(ctx context.Context, batch []Verified) (done []bool, err error) {
	done = make([]bool, len(batch))
	deliveries := p.read(ctx, batch)
	type part struct{ from, to int }
	parts := []part{{0, len(deliveries)}}
	for tries := 0; len(parts) > 0 && (p.worked || p.took || tries < drainTries); tries++ {
		at := parts[len(parts)-1]
		parts = parts[:len(parts)-1]
		err := p.transact(ctx, deliveries[at.from:at.to], done[at.from:at.to])
		if err == nil {
			p.worked = true
			continue
		}
		p.failed, p.stuck = err, err
		if ctx.Err() != nil || !p.answers(ctx) {
			p.gone = true
			return done, err
		}
		p.tries++
		if middle := (at.from + at.to) / 2; middle > at.from {
			// By chance, so that no request waits behind the same ones each time.
			halves := []part{{at.from, middle}, {middle, at.to}}
			first := rand.N(2)
			parts = append(parts, halves[1-first], halves[first])
		}
	}
	return done, nil
}

// read makes of requests what they say, of the first at least. A script may take
// seconds for one: what is not read in time waits for the next pass, so that the others
// do not wait until all are read.
func (p *drainPass) read(ctx context.Context, batch []Verified) (deliveries []*Delivery) {
	began := time.Now()
	for i := range batch {
		if i > 0 && (ctx.Err() != nil || time.Since(began) > drainPatience) {
			break
		}
		deliveries = append(deliveries, p.Read(&batch[i]))
	}
	return deliveries
}

// answers asks the database, which may hang.
func (p *drainPass) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, drainPatience)
	defer cancel()
	return p.Probe(ctx) == nil
}

// transact applies requests in one transaction and notes which are done. A row that
// somebody holds, or what the database may refuse by the app's fault, is no error.
func (p *drainPass) transact(ctx context.Context, deliveries []*Delivery, done []bool) (err error) {
	ctx, cancel := context.WithTimeout(ctx, drainPatience)
	defer cancel()
	count := 0
	for i, r := range p.Engine.Apply(ctx, deliveries) {
		var refused *RefusedError
		switch {
		case r.Err == nil && !r.Busy:
			if !done[i] {
				count++
			}
			done[i] = true
		case errors.As(r.Err, &refused):
			p.stuck = refused
		case r.Err != nil:
			err = fmt.Errorf("drain the spool: %w", r.Err)
		}
	}
	p.report(count)
	return err
}
