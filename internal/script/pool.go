package script

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Pool runs scripts in workers, which it starts when the first is needed and keeps for
// the next. One in which a script went wild is replaced.
type Pool struct {
	start func() (*process, error)
	turns chan struct{} // one for each run that may go on
	ended sync.Once
	mu    sync.Mutex
	idle  []*process // the last one to be used is the first to be used again
	waits int        // bytes of input that wait for a turn
}

// maxWorkers is how many scripts run at once. Each may take as much memory as its
// limits say, at the same time.
const maxWorkers = 2

// How long a run waits for a worker that is free: as long as two may take, within these
// bounds. Whoever waits for the answer has no more patience.
const (
	leastWait = 3 * time.Second
	mostWait  = 10 * time.Second
)

// mostWaiting is how many bytes of input may wait. Senders are many, and each input is
// there several times: as it came, and as it is handed over.
const mostWaiting = 8 << 20

// NewPool makes a pool. It starts nothing.
func NewPool() *Pool {
	return &Pool{start: start, turns: make(chan struct{}, maxWorkers)}
}

// Close ends the workers, after what they run. The pool runs nothing afterwards.
func (p *Pool) Close() { p.ended.Do(p.close) }

func (p *Pool) close() {
	for range maxWorkers {
		p.turns <- struct{}{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, worker := range p.idle {
		worker.end()
	}
	p.idle = nil
}

// Run runs the text of a file with an Input, and returns an Outcome, both as JSON. The
// limit is its time. The error is a *Fault if the script is to blame; anything else is
// our own trouble.
func (p *Pool) Run(ctx context.Context, file, text string, input []byte, limit time.Duration) ([]byte, error) {
	if len(input) > maxInput {
		return nil, faultf(ReasonLimit, "%s: the event is larger than the %d MiB that a script is given", file, maxInput>>20)
	}
	if err := p.turn(ctx, len(input), limit); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	defer func() { <-p.turns }()
	j := &job{file, text, input, limit.Milliseconds()}
	for lost := 0; ; lost++ {
		outcome, err := p.do(j)
		if !errors.Is(err, errNotBegun) || lost == maxWorkers { // else it had ended while nobody looked
			return outcome, err
		}
	}
}

// turn waits for a turn to run an input of so many bytes.
func (p *Pool) turn(ctx context.Context, size int, limit time.Duration) error {
	select {
	case p.turns <- struct{}{}:
		return nil
	default:
	}
	if !p.mayWait(size) {
		return errors.New("other scripts run, and too many events wait for them")
	}
	defer p.mayWait(-size)
	ctx, cancel := context.WithTimeout(ctx, min(max(2*limit, leastWait), mostWait))
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("other scripts run, and none was done in time: %w", ctx.Err())
	}
}

// mayWait counts what waits, unless it is too much. One alone may always wait.
func (p *Pool) mayWait(size int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if size > 0 && p.waits > 0 && p.waits+size > mostWaiting {
		return false
	}
	p.waits += size
	return true
}

// do does a job in a worker that is there, or in a new one.
func (p *Pool) do(j *job) ([]byte, error) {
	worker := p.take()
	if worker == nil {
		var err error
		if worker, err = p.start(); err != nil {
			return nil, fmt.Errorf("%s: no worker for scripts can be started: %w", j.File, err)
		}
	}
	outcome, usable, err := worker.do(j)
	if !usable {
		worker.end()
		return outcome, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, worker)
	return outcome, err
}

func (p *Pool) take() (worker *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 {
		worker, p.idle = p.idle[last], p.idle[:last]
	}
	return worker
}
