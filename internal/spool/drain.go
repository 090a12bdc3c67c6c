package spool

import (
	"context"
	"errors"

	usersync "usersync/sync"
)

// batchBytes is how much a batch may hold beyond its first request.
const batchBytes = 4 << 20

type applyFunc = func(ctx context.Context, batch []usersync.Verified) (done []bool, err error)

// Drain implements usersync.Spool. What is appended meanwhile waits for the next
// call. A batch may be smaller than limit, so that large requests do not fill the
// memory. An error of the disk does not keep the rest from being handed out; it
// is returned in the end.
func (s *Spool) Drain(ctx context.Context, limit int, apply func(ctx context.Context, batch []usersync.Verified) (done []bool, err error)) (left int, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return s.Stats().Records, ctx.Err()
	}
	p, err := s.pass(max(limit, 1), apply)
	if err != nil {
		return 0, err
	}
	if err = p.run(ctx); err == nil {
		p.wrong = errors.Join(p.wrong, p.gather())
	}
	if p.wrong != nil {
		err = errors.Join(err, p.wrong)
	}
	return p.left(), err
}
