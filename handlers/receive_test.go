package handlers_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
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
	w := newSite(t, settings{options: handlers.Options{Sink: &fakeSink{answer: func(ctx context.Context) (usersync.Outcome, error) {
		close(begun)
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
		verdict <- ctx.Err()
		return usersync.OutcomeApplied, nil
	}}}})
	conn, err := net.Dial("tcp", w.public)
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
	t.Parallel()
	w := newSite(t, settings{})
	const requests = 60
	for range requests {
		w.deliver(t, "bad", "user")
	}
	lines := func() int { return strings.Count(w.journal.String(), `"reason":"mismatch"`) }
	if n := lines(); n == 0 || n > requests/2 {
		t.Errorf("%d lines about %d requests", n, requests)
	}
	w.deliver(t, "old", "user") // another reason has a limit of its own
	eventually(t, "the other reason", func() bool { return strings.Contains(w.journal.String(), `"reason":"too_old"`) })
	time.Sleep(1100 * time.Millisecond)
	w.deliver(t, "bad", "user")
	eventually(t, "the count", func() bool { return strings.Contains(w.journal.String(), `"suppressed":`) })
	_, page := get(t, w.admin+"/metrics")
	if want := fmt.Sprintf(`usersync_signature_failures_total{provider="acme",reason="mismatch"} %d`, requests+1); !strings.Contains(page, want) {
		t.Errorf("the metrics lack %s", want)
	}
}
