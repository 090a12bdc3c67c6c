package main

import (
	"fmt"
	"io"
)

// pushProgress tells how far a push is. Where the results themselves are read
// on a terminal, they are the progress.
type pushProgress struct {
	*progress
	total int // lines, or 0 if nobody knows
	first int // done by an interrupted run
	any   bool
	quiet bool
}

func newPushProgress(results, out io.Writer, total int) *pushProgress {
	if isTerminal(results) {
		return &pushProgress{progress: &progress{out: io.Discard}, quiet: true}
	}
	s := &pushProgress{progress: newProgress(out, "push"), total: total}
	if s.bar != nil && total > 0 {
		s.bar.ChangeMax64(int64(total))
	}
	return s
}

// report is told how far it is after each transaction.
func (s *pushProgress) report(at pushCursor) {
	if s.quiet {
		return
	}
	if s.bar != nil {
		_ = s.bar.Set64(int64(at.done())) // a terminal that went away has nobody to be told to
		return
	}
	moment := now().Time()
	if !s.any {
		s.any, s.first = true, at.done()
	}
	if moment.Sub(s.told) < plainEvery {
		return
	}
	s.told = moment
	of := ""
	if s.total > 0 {
		of = fmt.Sprintf(" of %d", s.total)
	}
	rate := float64(at.done()-s.first) / moment.Sub(s.began).Seconds()
	fmt.Fprintf(s.out, "push: %d%s lines, %s, %.0f users/s\n", at.done(), of, at.counts(), rate)
}
