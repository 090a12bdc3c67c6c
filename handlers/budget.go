package handlers

import "sync/atomic"

// budget bounds the bytes that bodies in flight may take together. Nobody
// waits for it: a request that does not fit is told to come again.
type budget struct{ free atomic.Int64 }

func newBudget(size int64) *budget {
	b := &budget{}
	b.free.Store(size)
	return b
}

// lease is what one request has taken from the budget.
type lease struct {
	from  *budget
	taken int64
}

func (b *budget) lease() *lease { return &lease{from: b} }

// take reserves n more bytes and reports whether there were as many.
func (l *lease) take(n int64) bool {
	for {
		free := l.from.free.Load()
		if free < n {
			return false
		}
		if l.from.free.CompareAndSwap(free, free-n) {
			l.taken += n
			return true
		}
	}
}

// release gives everything back.
func (l *lease) release() {
	l.from.free.Add(l.taken)
	l.taken = 0
}
