package spool

import (
	"context"

	usersync "usersync/sync"
)

// groupBytes is how much waits for one fsync at most. Who comes later keeps its
// request to itself until there is room.
const groupBytes = 4 << 20

// group is what shares one fsync.
type group struct {
	buf     []byte // unsealed records
	records int
	oldest  usersync.Micros
	done    chan struct{} // closed once err is there
	err     error
}

// Append implements usersync.Spool. The request may be changed once it has
// returned. ErrSpoolFull is also the answer to a request that is larger than
// MaxRecord.
func (s *Spool) Append(ctx context.Context, v *usersync.Verified) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n, ok := size(v)
	if !ok || int64(n) > s.opts.MaxRecord {
		s.mu.Lock()
		s.refused++
		s.mu.Unlock()
		return tooLarge(int64(n), s.opts.MaxRecord)
	}
	for {
		g, joined, err := s.join(v, n)
		if err != nil {
			return err
		}
		select {
		case <-g.done:
			if joined {
				return g.err
			}
		case <-ctx.Done():
			return ctx.Err() // the record is written all the same
		}
	}
}

// join adds a request of n bytes to the group that waits. If that is full, joined
// is false and the group is the one to wait for before trying again.
func (s *Spool) join(v *usersync.Verified, n int) (g *group, joined bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, errClosed
	}
	if s.bytes+s.queued+int64(n) > s.opts.MaxBytes {
		s.refused++
		return nil, false, capReached(s.opts.MaxBytes)
	}
	if s.next != nil && len(s.next.buf)+n > groupBytes {
		return s.next, false, nil
	}
	if s.next == nil {
		s.next = &group{buf: s.spare[:0], oldest: v.ReceivedAt, done: make(chan struct{})}
		s.spare = nil
	}
	g = s.next
	g.buf = appendRecord(g.buf, v)
	g.records++
	g.oldest = min(g.oldest, v.ReceivedAt)
	s.queued += int64(n)
	if !s.writing {
		s.writing = true
		go s.write()
	}
	return g, true, nil
}
