package handlers_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"usersync/handlers"
)

// A database that hangs delays nobody who asks whether the process lives, also while
// readiness waits for it; and that waits no longer than its limit, however many ask.
func TestLivenessAsksNobody(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		asked := make(chan struct{}, 10)
		_, public, admin := newHandlers(settings{parts: []handlers.Part{
			{Name: "database", Ready: func(ctx context.Context) error {
				asked <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			}},
		}})
		began := time.Now()
		notReady := func(listener http.Handler) {
			if answer := call(listener, http.MethodGet, "/readyz", "", nil); answer.Code != http.StatusServiceUnavailable {
				t.Errorf("ready: %d %s", answer.Code, answer.Body)
			}
			if took := time.Since(began); took != 2*time.Second {
				t.Errorf("not ready after %v", took)
			}
		}
		var waiting sync.WaitGroup
		waiting.Go(func() { notReady(public) })
		<-asked // now it hangs
		for _, listener := range []http.Handler{public, admin} {
			if answer := call(listener, http.MethodGet, "/livez", "", nil); answer.Code != http.StatusOK {
				t.Errorf("alive: %d %s", answer.Code, answer.Body)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("/livez waited %v", took)
		}
		waiting.Wait()
		for range 20 {
			notReady(admin) // at once
		}
		if len(asked) != 0 {
			t.Error("who asks again asks the database again")
		}
	})
}
