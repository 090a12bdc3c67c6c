package handlers

import (
	"container/list"
	"errors"
	"sync"
)

// errBusy says that the budget is used up by bodies that may stay.
var errBusy = errors.New("the bodies in flight take all the memory that they may")

// errEvicted says that the body had to make room for younger ones.
var errEvicted = errors.New("the body took too long while others needed its memory")

// budget bounds the bytes that bodies in flight may take together. Nobody
// waits for it: who does not fit displaces the oldest bodies that still arrive.
// So strangers who begin large bodies and stall lock nobody out, while honest
// senders, whose bodies arrive within moments, are the last to be displaced.
type budget struct {
	mu       sync.Mutex
	free     int64
	arriving list.List // of *lease, in the order in which they first took
}

func newBudget(size int64) *budget { return &budget{free: size} }

// lease is what one request has taken from the budget. The budget's mutex
// guards it. A request that needed nothing has none: nil, which nobody evicts.
type lease struct {
	from    *budget
	cut     func() // ends the reading of the body; not called after finish or release
	taken   int64
	place   *list.Element // among the arriving, nil if it is not there
	evicted bool
	lost    int64 // what an eviction took away
}

// lease begins with nothing. cut is called at most once, under the mutex: it
// must not block.
func (b *budget) lease(cut func()) *lease { return &lease{from: b, cut: cut} }

// take reserves n more bytes for a body that still arrives. It displaces only
// bodies that began before its own: else who trickles in could displace all
// who came later and are faster.
func (l *lease) take(n int64) error {
	b := l.from
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.evicted {
		return errEvicted
	}
	if !l.reserve(n) {
		return errBusy
	}
	if l.place == nil {
		l.place = b.arriving.PushBack(l)
	}
	return nil
}

// reserve takes n bytes, from others if need be, and reports whether it could.
func (l *lease) reserve(n int64) bool {
	b := l.from
	for b.free < n {
		oldest := b.arriving.Front()
		if oldest == nil || oldest == l.place {
			return false
		}
		oldest.Value.(*lease).evict()
	}
	b.free -= n
	l.taken += n
	return true
}

// finish says that the body is complete, after which it may stay: to verify and
// commit it is our part. If it was evicted in its last moment it gets its room
// back, since it was not slow; false says that there is none.
func (l *lease) finish() bool {
	if l == nil {
		return true
	}
	l.from.mu.Lock()
	defer l.from.mu.Unlock()
	l.leave()
	if l.evicted && !l.reserve(l.lost) {
		return false
	}
	l.evicted = false
	return true
}

// wasEvicted reports whether the reading of the body was ended for others.
func (l *lease) wasEvicted() bool {
	if l == nil {
		return false
	}
	l.from.mu.Lock()
	defer l.from.mu.Unlock()
	return l.evicted
}

// release gives everything back.
func (l *lease) release() {
	if l == nil {
		return
	}
	l.from.mu.Lock()
	defer l.from.mu.Unlock()
	l.leave()
	l.refund()
}

// evict gives everything back at once, though the handler has yet to notice:
// what it needs for that is an instant, and waiting for it would let one
// request wait for another.
func (l *lease) evict() {
	l.evicted, l.lost = true, l.taken
	l.leave()
	l.refund()
	l.cut()
}

func (l *lease) leave() {
	if l.place != nil {
		l.from.arriving.Remove(l.place)
		l.place = nil
	}
}

func (l *lease) refund() {
	l.from.free += l.taken
	l.taken = 0
}
