// Package logtest is a log that a test reads while others write it.
package logtest

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// patience is for what happens at once on a machine with nothing else to do.
const patience = time.Minute

// Log keeps what is written. Its zero value is empty; its methods may be called by several
// goroutines.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is what was written so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Await waits until the log is as wanted, and returns it. Lines about an answer come after
// that, and a process takes its time to start.
func (l *Log) Await(t testing.TB, what string, holds func(log string) bool) string {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		text := l.String()
		if holds(text) {
			return text
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in the log:\n%s", what, text)
		}
	}
}
