package load

import (
	"sync/atomic"
	"time"
)

// feed hands out the requests of a plan.
type feed struct {
	requests [][]byte
	began    time.Time
	ends     time.Time
	gap      float64 // ns between requests of an open loop, 0 in a closed one
	skip     int64
	taken    atomic.Int64
	sent     []bool // each is written by whoever took that request
}

func newFeed(p Plan) *feed {
	f := &feed{requests: p.Requests, sent: make([]bool, len(p.Requests)), skip: int64(p.Skip)}
	f.taken.Store(f.skip)
	f.began = time.Now()
	f.ends = f.began.Add(p.Duration)
	if p.Rate > 0 {
		f.gap = float64(time.Second) / p.Rate
	}
	return f
}

// next returns the next request and the time from which its latency counts. In an
// open loop it waits until the request is due; a connection that comes late to it
// finds that time in the past.
func (f *feed) next() (request []byte, due time.Time, ok bool) {
	n := f.taken.Add(1) - 1
	if n >= int64(len(f.requests)) {
		return nil, due, false
	}
	due = time.Now()
	if f.gap > 0 {
		due = f.began.Add(time.Duration(float64(n-f.skip) * f.gap))
		time.Sleep(time.Until(due))
	}
	f.sent[n] = due.Before(f.ends)
	return f.requests[n], due, f.sent[n]
}
