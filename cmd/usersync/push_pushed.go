package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"usersync/providers"
)

// pushed is a line under way. What came of it may be read once done is closed.
type pushed struct {
	line  pushLine
	done  chan struct{}
	saved atomic.Bool // its row is in the table

	result  pushResult
	learned learned

	err   error // why it failed
	blame blame // whose that is
}

// do writes the user, after the earlier lines about the same one.
func (p *pushed) do(ctx context.Context, j *pushJob, earlier []*pushed) {
	p.result = pushResult{Line: p.line.number, ExternalID: p.line.user.ExternalID, DryRun: j.dryRun}
	if p.line.wrong != nil {
		p.fail(p.line.wrong, blameLine)
		return
	}
	hint := ""
	for _, e := range earlier {
		select {
		case <-e.done:
			if e.result.ID != "" {
				hint = e.result.ID
			}
		case <-ctx.Done():
			p.fail(context.Cause(ctx), blameRun)
			return
		}
	}
	result, l, err := j.pushOne(ctx, p.line, hint)
	p.learned, p.result.ID = l, l.answer.UserID
	defer func() { j.externalIDs.note(p.result.ID, p.line.user.ExternalID) }()
	var written *providers.WrittenError
	switch {
	case err == nil:
		p.result.Result = result
	case ctx.Err() != nil:
		// Whatever it looks like, it was cut short: it is done again.
		p.fail(context.Cause(ctx), blameRun)
	case errors.As(err, &written):
		p.result.ID = written.UserID
		p.fail(explained(err), blameLine)
	default:
		p.fail(explained(err), blameOf(err))
	}
}

// isDone reports whether there is a line, and it is done.
func (p *pushed) isDone() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *pushed) fail(err error, whose blame) {
	p.err, p.blame = err, whose
	p.result.Result, p.result.Error = resultFailed, err.Error()
}

// stopped is the error of a run that ends at this line.
func (p *pushed) stopped() error {
	if errors.Is(p.err, context.Canceled) {
		return p.err
	}
	return fmt.Errorf("line %d: %w", p.line.number, p.err)
}

// predecessors knows the last line under way about each user.
type predecessors map[string]*pushed

// of returns the earlier lines about the same user, and remembers this one.
func (b predecessors) of(p *pushed) (earlier []*pushed) {
	if len(b) > 16*pushAhead {
		b.forget()
	}
	for _, key := range p.line.keys() {
		if e := b[key]; e != nil {
			earlier = append(earlier, e)
		}
		b[key] = p
	}
	return earlier
}

// forget drops the lines whose users the table knows.
func (b predecessors) forget() {
	for key, p := range b {
		if p.saved.Load() {
			delete(b, key)
		}
	}
}
