package main

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// output collects what a process writes while it runs.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// line waits for the first complete line.
func (o *output) line(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		o.mu.Lock()
		line, _, complete := strings.Cut(o.text.String(), "\n")
		o.mu.Unlock()
		if complete {
			return line
		}
	}
	t.Fatal("the process wrote nothing for a minute")
	return ""
}
