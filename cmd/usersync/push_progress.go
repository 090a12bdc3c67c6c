package main

import "io"

// newPushProgress makes the progress of a push over so many lines, 0 if nobody
// knows. Where the results themselves are read on a terminal, they are the
// progress.
func newPushProgress(results, out io.Writer, lines int) *progress {
	if isTerminal(results) {
		out = io.Discard
	}
	s := newProgress(out, "push", "lines")
	s.listen()
	s.expect(int64(lines))
	return s
}
