package handlers_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/handlers"
	usersync "usersync/sync"
)

// A sender that hangs up does not take its delivery back.
func TestSubmitOutlivesSender(t *testing.T) {
	t.Parallel()
	begun, verdict := make(chan struct{}), make(chan error, 1)
	requests := make(chan context.Context, 1)
	_, public, _ := newHandlers(settings{options: handlers.Options{Sink: &fakeSink{answer: func(ctx context.Context) (usersync.Outcome, error) {
		close(begun)
		<-(<-requests).Done() // the server has noticed
		verdict <- ctx.Err()
		return usersync.OutcomeApplied, nil
	}}}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- r.Context()
		public.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nX-Proof: good\r\nContent-Length: 4\r\n\r\nuser")
	<-begun
	conn.Close()
	if err := <-verdict; err != nil {
		t.Errorf("the delivery was cancelled: %v", err)
	}
}

// The endpoints can be exchanged while requests come in.
func TestReplace(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{})
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for range 20 {
				if status, _ := w.deliver(t, "good", "user"); status != http.StatusOK && status != http.StatusNotFound {
					t.Errorf("status %d", status)
				}
			}
		})
	}
	for range 50 {
		w.webhooks.Replace(map[string]handlers.Endpoint{"acme": {Provider: fakeProvider{}}, "other": {Provider: fakeProvider{}}})
	}
	senders.Wait()
	w.webhooks.Replace(nil)
	if status, _ := w.deliver(t, "good", "user"); status != http.StatusNotFound {
		t.Errorf("a removed provider answers %d", status)
	}
}

// A flood of refused requests does not become a flood of log lines.
func TestWarningsAreLimited(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		w, public, admin := newHandlers(settings{})
		deliver := func(proof string) {
			call(public, http.MethodPost, "/webhooks/acme", "user", map[string]string{"X-Proof": proof})
		}
		const requests = 60
		for range requests {
			deliver("bad")
		}
		if n := strings.Count(w.journal.String(), `"reason":"mismatch"`); n != 5 {
			t.Errorf("%d lines about %d requests of one second", n, requests)
		}
		deliver("old") // another reason has a limit of its own
		if !strings.Contains(w.journal.String(), `"reason":"too_old"`) {
			t.Error("the other reason is not told")
		}
		time.Sleep(1100 * time.Millisecond)
		deliver("bad")
		if !strings.Contains(w.journal.String(), `"suppressed":55`) {
			t.Errorf("the count is not told:\n%s", w.journal)
		}
		page := call(admin, http.MethodGet, "/metrics", "", nil).Body.String()
		if want := fmt.Sprintf(`usersync_signature_failures_total{provider="acme",reason="mismatch"} %d`, requests+1); !strings.Contains(page, want) {
			t.Errorf("the metrics lack %s", want)
		}
	})
}

// The request of `usersync check` is no sign of life of the sender. One with its mark that
// says something is a delivery like any other: the mark hides neither it nor its secret.
func TestProbes(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{})
	for _, step := range []struct {
		body, proof, mark string
		heard             int
	}{
		{"ignored", "good", "1", 0},
		{"user", "bad", "1", 0},
		{"user", "good", "1", 1},
		{"what is this", "good", "1", 2}, // a dead letter
		{"ignored", "good", "", 3},
	} {
		r, err := http.NewRequest(http.MethodPost, "http://"+w.public+"/webhooks/acme", strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Proof", step.proof)
		r.Header.Set(handlers.ProbeHeader, step.mark)
		do(t, r)
		_, page := get(t, w.admin+"/metrics")
		count := fmt.Sprintf("usersync_secret_used_total{fingerprint=\"0a1b2c3d\",provider=\"acme\"} %d\n", step.heard)
		if heard := w.metrics.Verified()["acme"] != 0; heard != (step.heard > 0) || strings.Contains(page, count) != (step.heard > 0) {
			t.Errorf("%+v: heard %v", step, heard)
		}
	}
	if _, page := get(t, w.admin+"/metrics"); !strings.Contains(page, `usersync_signature_failures_total{provider="acme",reason="mismatch"} 1`) {
		t.Error("the mark hides a failure")
	}
}
