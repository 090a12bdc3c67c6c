package handlers_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"usersync/handlers"
	"usersync/providers"
	usersync "usersync/sync"
)

// slowProvider takes its time for a large body, and counts how many it has at once.
type slowProvider struct {
	fakeProvider
	end          chan struct{}
	reading, all *atomic.Int32
}

func (p slowProvider) Decode(r providers.Request, proof providers.Proof) *usersync.Delivery {
	if len(r.Body) > 100<<10 {
		p.all.Add(1)
		p.reading.Add(1)
		<-p.end
		p.reading.Add(-1)
	}
	return p.fakeProvider.Decode(r, proof)
}

// Two large bodies are read at once, however many there are: their documents may take many
// times what the budget counts. Small ones do not wait for them, nor does another provider.
func TestLargeBodiesAreReadInTurn(t *testing.T) {
	t.Parallel()
	slow := slowProvider{end: make(chan struct{}), reading: new(atomic.Int32), all: new(atomic.Int32)}
	w := newSite(t, settings{options: handlers.Options{
		BodyTimeout: patience,
		Endpoints:   map[string]handlers.Endpoint{"acme": {Provider: slow}, "other": {Provider: fakeProvider{}}},
	}})
	end := sync.OnceFunc(func() { close(slow.end) })
	t.Cleanup(end) // before the listeners are stopped
	large := "user" + strings.Repeat(" ", 128<<10)
	var senders sync.WaitGroup
	for range 6 {
		senders.Go(func() {
			if status, body := w.deliver(t, "good", large); status != http.StatusOK {
				t.Errorf("a large body: %d %s", status, body)
			}
		})
	}
	eventually(t, "all of them", func() bool {
		arriving, free := handlers.ArrivingForTest(w.webhooks)
		return arriving == 0 && free < int64(32<<20-6*len(large))
	})
	eventually(t, "two that are read", func() bool { return slow.reading.Load() >= 2 })
	if status, body := w.deliver(t, "good", "user"); status != http.StatusOK {
		t.Errorf("a small body: %d %s", status, body)
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+w.public+"/webhooks/other", strings.NewReader(large))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Proof", "good")
	if answer, body := do(t, r); answer.StatusCode != http.StatusOK {
		t.Errorf("another provider's: %d %s", answer.StatusCode, body)
	}
	if n := slow.all.Load(); n != 2 {
		t.Errorf("%d large bodies are read at once, want 2", n)
	}
	end()
	senders.Wait()
	if n := slow.all.Load(); n != 6 {
		t.Errorf("%d large bodies were read, want 6", n)
	}
}
