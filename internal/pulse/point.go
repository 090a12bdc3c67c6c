package pulse

import (
	"time"

	usersync "usersync/sync"
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
	Rejected int64         // deliveries answered 401, but for those from addresses that are not allowed
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

// observe counts an event.
func (p *Point) observe(outcome usersync.Outcome, lag time.Duration) {
	switch outcome {
	case usersync.OutcomeApplied:
		p.Applied++
	case usersync.OutcomeStale:
		p.Stale++
	case usersync.OutcomeDuplicate:
		p.Repeated++
	case usersync.OutcomeIgnored:
		p.Ignored++
	case usersync.OutcomeDeadLetter:
		p.Letters++
	case usersync.OutcomeSpooled:
		p.Spooled++
	}
	if lag >= 0 {
		p.Lagged++
		p.Lag += lag
		p.LagMost = max(p.LagMost, lag)
	}
}

// Series is a view of the past, the oldest first and without gaps.
type Series struct {
	Step   time.Duration
	Points []Point
}

// Sum is what happened in the last while of a series, at most all of it. It is counted in
// whole steps, rounded up, of which the last one is the present.
func (s Series) Sum(last time.Duration) (sum Point) {
	steps := 0
	if last > 0 {
		steps = int((last + s.Step - 1) / s.Step)
	}
	first := max(len(s.Points)-steps, 0)
	for i := first; i < len(s.Points); i++ {
		sum.add(&s.Points[i])
	}
	if first < len(s.Points) {
		sum.At = s.Points[first].At
	}
	return sum
}
