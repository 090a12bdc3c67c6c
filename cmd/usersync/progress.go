package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	usersync "usersync/sync"
)

// plainEvery is how often progress is told where nobody watches a terminal.
const plainEvery = 5 * time.Second

// progress tells how far a run is: a line that moves on a terminal, plain
// lines elsewhere. How much is left nobody knows: a list has no honest total.
type progress struct {
	what  string
	out   io.Writer
	bar   *progressbar.ProgressBar // nil where there is no terminal
	began time.Time
	told  time.Time
	first usersync.Counts // what an interrupted run had done before
	any   bool
}

func newProgress(out io.Writer, what string) *progress {
	s := &progress{what: what, out: out, began: now().Time(), told: now().Time()}
	if isTerminal(out) {
		s.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("users"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("users"),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return s
}

// report is told the counts after each page.
func (s *progress) report(c usersync.Counts) {
	if !s.any {
		s.any = true
		s.first = usersync.Counts{Pages: c.Pages - 1}
	}
	if s.bar != nil {
		_ = s.bar.Set64(c.Users) // a terminal that went away has nobody to be told to
		return
	}
	at := now().Time()
	if at.Sub(s.told) < plainEvery {
		return
	}
	s.told = at
	rate := float64(c.Users) / at.Sub(s.began).Seconds()
	fmt.Fprintf(s.out, "%s: %d users, %d pages, %d changed, %.0f users/s\n", s.what, c.Users, c.Pages, c.Changed, rate)
}

func (s *progress) close() {
	if s.bar != nil {
		_ = s.bar.Finish()
	}
}
