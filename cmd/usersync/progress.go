package main

import (
	"fmt"
	"io"
	"sync"
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
	first      int64        // done by an interrupted run before
	total      atomic.Int64 // about how many there are in all; 0 if nobody knows
	deafen     func()       // ends what listen began; nil if nothing did

	mu   sync.Mutex
	told time.Time
	done int64
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

// listen tells of long silences until close: of a provider that is asked again
// and again, for example.
func (s *progress) listen() {
	if s.bar != nil {
		return // it shows that nothing moves
	}
	ended := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		ticker := time.NewTicker(plainEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
				s.silent()
			}
		}
	})
	s.deafen = func() {
		close(ended)
		listening.Wait()
	}
}

// silent says that nothing was told for a while.
func (s *progress) silent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.clock(); at.Sub(s.told) >= 2*plainEvery {
		s.told = at
		fmt.Fprintf(s.out, "%s: %d %s so far, waiting for an answer\n", s.what, s.done, s.unit)
	}
}

// begin says what an interrupted run has done already.
func (s *progress) begin(done int64) { s.first, s.done = done, done }

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
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.clock()
	if s.done = done; at.Sub(s.told) < plainEvery {
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
	if s.deafen != nil {
		s.deafen()
		s.deafen = nil
	}
	if s.bar != nil {
		_ = s.bar.Finish()
	}
}
