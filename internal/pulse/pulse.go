// Package pulse remembers what happened in the last hour and the last day, by
// provider: what a chart shows and an alarm judges. It is of this process alone and
// begins empty.
package pulse

import (
	"sync"
	"time"

	usersync "usersync/sync"
)

// The two views of the past: an hour by minutes, a day by quarters of an hour.
const (
	minute  = time.Minute
	quarter = 15 * time.Minute
	minutes = 60
	parts   = 96
)

// Point is what happened in a while.
type Point struct {
	At       time.Time // when it began
	Applied  int64
	Stale    int64
	Repeated int64 // duplicates
	Ignored  int64
	Letters  int64
	Spooled  int64
	Rejected int64         // deliveries answered 401
	Refused  int64         // deliveries answered 503
	Verified int64         // deliveries that were believed
	Lagged   int64         // events whose lag is known
	Lag      time.Duration // of these together
	LagMost  time.Duration
}

// Events is how many events became durable.
func (p *Point) Events() int64 {
	return p.Applied + p.Stale + p.Repeated + p.Ignored + p.Letters + p.Spooled
}

// add joins what happened in another while to this one.
func (p *Point) add(o *Point) {
	p.Applied += o.Applied
	p.Stale += o.Stale
	p.Repeated += o.Repeated
	p.Ignored += o.Ignored
	p.Letters += o.Letters
	p.Spooled += o.Spooled
	p.Rejected += o.Rejected
	p.Refused += o.Refused
	p.Verified += o.Verified
	p.Lagged += o.Lagged
	p.Lag += o.Lag
	p.LagMost = max(p.LagMost, o.LagMost)
}

// Series is a view of the past, the oldest first and without gaps.
type Series struct {
	Step   time.Duration
	Points []Point
}

// Sum is what happened in the last while of a series, at most all of it.
func (s Series) Sum(last time.Duration) (sum Point) {
	first := max(len(s.Points)-int(last/s.Step), 0)
	for i := first; i < len(s.Points); i++ {
		sum.add(&s.Points[i])
	}
	if first < len(s.Points) {
		sum.At = s.Points[first].At
	}
	return sum
}

// Pulse counts. Its methods may be called by any goroutine.
type Pulse struct {
	clock func() time.Time
	mu    sync.Mutex
	of    map[string]*past
}

// past is what is remembered of one provider.
type past struct {
	hour [minutes]Point
	day  [parts]Point
}

// New makes a Pulse that goes by a clock.
func New(clock func() time.Time) *Pulse {
	return &Pulse{clock: clock, of: map[string]*past{}}
}

// Note has count change the present of a provider.
func (p *Pulse) Note(provider string, count func(*Point)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	one := p.of[provider]
	if one == nil {
		one = &past{}
		p.of[provider] = one
	}
	count(place(one.hour[:], minute, now))
	count(place(one.day[:], quarter, now))
}

// Observe counts an event; lag is from when it happened until it was durable, negative if
// that is not known.
func (p *Pulse) Observe(o usersync.Observation, lag time.Duration) {
	p.Note(o.Provider, func(at *Point) {
		switch o.Outcome {
		case usersync.OutcomeApplied:
			at.Applied++
		case usersync.OutcomeStale:
			at.Stale++
		case usersync.OutcomeDuplicate:
			at.Repeated++
		case usersync.OutcomeIgnored:
			at.Ignored++
		case usersync.OutcomeDeadLetter:
			at.Letters++
		case usersync.OutcomeSpooled:
			at.Spooled++
		}
		if lag >= 0 {
			at.Lagged++
			at.Lag += lag
			at.LagMost = max(at.LagMost, lag)
		}
	})
}

// Hour is the last hour of a provider by minutes, Day the last day by quarters of an hour.
func (p *Pulse) Hour(provider string) Series {
	return p.series(provider, minute, func(one *past) []Point { return one.hour[:] })
}

// Day is the last day of a provider by quarters of an hour.
func (p *Pulse) Day(provider string) Series {
	return p.series(provider, quarter, func(one *past) []Point { return one.day[:] })
}

func (p *Pulse) series(provider string, step time.Duration, of func(*past) []Point) Series {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.of[provider]
	if one == nil {
		one = &past{}
	}
	ring := of(one)
	series := Series{Step: step, Points: make([]Point, len(ring))}
	present := p.clock().Truncate(step)
	for i := range series.Points {
		at := present.Add(step * time.Duration(i+1-len(ring)))
		series.Points[i].At = at
		if kept := &ring[index(ring, step, at)]; kept.At.Equal(at) {
			series.Points[i] = *kept
		}
	}
	return series
}

// place is the point of a ring for now, emptied if it is of an earlier round.
func place(ring []Point, step time.Duration, now time.Time) *Point {
	at := now.Truncate(step)
	kept := &ring[index(ring, step, at)]
	if !kept.At.Equal(at) {
		*kept = Point{At: at}
	}
	return kept
}

func index(ring []Point, step time.Duration, at time.Time) int {
	return int(at.Unix()/int64(step/time.Second)) % len(ring)
}
