package faultproxy

import "sync/atomic"

// Counts is what a proxy did.
type Counts struct {
	Carried     int64 // connections that were taken
	Refused     int64 // connections that were reset as they came; the system does not tell whom it refused
	Swallowed   int64 // connections that were taken into the blackhole
	Resets      int64 // open connections that were reset
	Delayed     int64 // pieces of data that were held back
	LostCommits int64 // commits that were applied and not answered
}

type faults struct {
	carried, refused, swallowed, resets, delayed, lostCommits atomic.Int64
}

func (f *faults) counts() Counts {
	return Counts{
		Carried:     f.carried.Load(),
		Refused:     f.refused.Load(),
		Swallowed:   f.swallowed.Load(),
		Resets:      f.resets.Load(),
		Delayed:     f.delayed.Load(),
		LostCommits: f.lostCommits.Load(),
	}
}
