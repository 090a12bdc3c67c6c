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
}

// maxWorkers is how many scripts run at once. Each may take as much memory as its
// limits say, at the same time.
const maxWorkers = 2

// queueWait is how long a run waits for a worker that is free.
const queueWait = 10 * time.Second

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
	ctx, cancel := context.WithTimeout(ctx, queueWait)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: other scripts run, and none was done in time: %w", file, ctx.Err())
	}
	defer func() { <-p.turns }()
	j := &job{file, text, input, limit.Milliseconds()}
	outcome, err := p.do(j)
	if errors.Is(err, errNotBegun) { // it had ended while nobody looked
		outcome, err = p.do(j)
	}
	return outcome, err
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
