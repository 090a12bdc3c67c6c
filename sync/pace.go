package usersync

import "time"

const (
	// distant is how long a transaction takes at least if it mostly waits for a database
	// that is not near, and not for a processor.
	distant = 4 * time.Millisecond
	// eachTakes is what a delivery adds to its transaction, roughly: large ones take
	// long without waiting for anything.
	eachTakes = 50 * time.Microsecond
	// judged is how many transactions are looked at. One of them, at least, was not
	// kept waiting by anything but the distance.
	judged = 32
)

// pace knows how long recent transactions took.
type pace struct {
	recent [judged]time.Duration
	count  int
}

// note remembers a transaction.
func (p *pace) note(took time.Duration, deliveries int) {
	p.recent[p.count%judged] = took - time.Duration(deliveries)*eachTakes
	p.count++
}

// next says how long after the begin of a transaction another one is to be begun beside it;
// ok is false if it is to be waited for. While a near database works, so do the
// processors, and larger transactions cost less; while a distant one is waited for, they have
// nothing to do. Two, mostly, are then on their way.
func (p *pace) next() (after time.Duration, ok bool) {
	if p.count < judged {
		return 0, false
	}
	quickest := p.recent[0]
	for _, took := range p.recent[1:] {
		quickest = min(quickest, took)
	}
	return quickest / 2, quickest >= distant
}
