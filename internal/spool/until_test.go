package spool

import (
	"testing"
	"time"
)

// until waits for what another goroutine is about to do.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(end) {
			t.Fatal("it did not come to pass within 30 s")
		}
		time.Sleep(time.Millisecond)
	}
}
