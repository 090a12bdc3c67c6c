package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// plainEvery is how often progress is told where nobody watches a terminal.
const plainEvery = 5 * time.Second

// progress tells how far a run is and how long it will take: a line that moves
// on a terminal, plain lines elsewhere.
type progress struct {
	what, unit string
	out        io.Writer
	bar        *progressbar.ProgressBar // nil where there is no terminal
	clock      func() time.Time
	began      time.Time
	told       time.Time
	first      int64        // done by an interrupted run before
	total      atomic.Int64 // about how many there are in all; 0 if nobody knows
}

func newProgress(out io.Writer, what, unit string) *progress {
	s := &progress{what: what, unit: unit, out: out, clock: time.Now}
	s.began = s.clock()
	s.told = s.began
	if isTerminal(out) {
		s.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return s
}

// begin says what an interrupted run has done already.
func (s *progress) begin(done int64) { s.first = done }

// expect says about how many there are in all. It may be called at any time, by
// anybody; 0 says nothing.
func (s *progress) expect(total int64) {
	if total > 0 {
		s.total.Store(total)
	}
}

// report is told how many are done; detail says what became of them.
func (s *progress) report(done int64, detail string) {
	total := s.total.Load()
	if s.bar != nil {
		if total > 0 {
			s.bar.ChangeMax64(max(total, done))
		}
		s.bar.Describe(s.what + ": " + detail)
		_ = s.bar.Set64(done) // a terminal that went away has nobody to be told to
		return
	}
	at := s.clock()
	if at.Sub(s.told) < plainEvery {
		return
	}
	s.told = at
	rate := float64(done-s.first) / at.Sub(s.began).Seconds()
	of, left := "", ""
	if total > 0 {
		of = fmt.Sprintf(" of about %d", max(total, done))
		if rate > 0 {
			left = fmt.Sprintf(", about %s left", time.Duration(float64(max(total-done, 0))/rate*float64(time.Second)).Round(time.Second))
		}
	}
	fmt.Fprintf(s.out, "%s: %d%s %s, %s, %.0f %s/s%s\n", s.what, done, of, s.unit, detail, rate, s.unit, left)
}

func (s *progress) close() {
	if s.bar != nil {
		_ = s.bar.Finish()
	}
}
