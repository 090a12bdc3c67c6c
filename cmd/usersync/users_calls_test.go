package main

import (
	"errors"
	"testing"
	"time"
)

// Nothing is closed under a call that goes on, and who comes later is sent on.
func TestCallsAreClosedBehindTheLast(t *testing.T) {
	t.Parallel()
	old := &providerCalls{of: map[string]*calls{}}
	within, finish, closed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- old.with("any", func(*calls) error {
			close(within)
			<-finish
			return nil
		})
	}()
	<-within
	go func() {
		old.close()
		close(closed)
	}()
	for old.inUse.TryRLock() { // until it waits for the call, and keeps others out
		old.inUse.RUnlock()
		time.Sleep(time.Millisecond)
	}
	select {
	case <-closed:
		t.Error("closed under a call")
	default:
	}
	close(finish)
	<-closed
	if err := <-ended; err != nil {
		t.Errorf("the call ended with %v", err)
	}
	if err := old.with("any", func(*calls) error { return nil }); !errors.Is(err, errReplaced) {
		t.Errorf("after the end: %v", err)
	}
	old.close() // once more does nothing
}
