package handlers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/handlers"
	"usersync/internal/hostile"
	"usersync/internal/secret"
	"usersync/providers"
	usersync "usersync/sync"
)

const hostileSecret = "whsec_handlers_hostile_0123456789"

// signAuthon proves a body as the hosted service does.
func signAuthon(body []byte) http.Header {
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	mac := hmac.New(sha256.New, []byte(hostileSecret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	return http.Header{
		"Content-Type":       {"application/json"},
		"X-Authon-Timestamp": {at},
		"X-Authon-Signature": {"v1=" + hex.EncodeToString(mac.Sum(nil))},
	}
}

// tally counts deliveries instead of keeping them: the test measures memory.
type tally struct {
	mu    sync.Mutex
	taken int
}

func (s *tally) Submit(_ context.Context, d *usersync.Delivery) (usersync.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	if len(d.Letters) > 0 {
		return usersync.OutcomeDeadLetter, nil
	}
	return usersync.OutcomeApplied, nil
}

// TestHostile runs alone, for it measures the memory of the process.
func TestHostile(t *testing.T) {
	provider, err := providers.New("hostile", providers.Settings{Type: "authon", Secrets: []secret.Text{secret.New(hostileSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	cases := hostile.Requests(signAuthon)
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		names[c.Name] = true
	}
	if len(cases) < 150 {
		t.Errorf("%d cases are too few", len(cases))
	}

	strangers, senders := &tally{}, &tally{}
	start := func(sink handlers.Sink, limit time.Duration) *site {
		return newSite(t, settings{
			header: limit,
			options: handlers.Options{
				Sink:        sink,
				BodyTimeout: limit,
				Endpoints:   map[string]handlers.Endpoint{"hostile": {Provider: provider}},
			},
		})
	}
	unproven, proven := start(strangers, patience), start(senders, patience)
	hasty := start(strangers, time.Second) // for those who wait for the limits
	peak := watchHeap(t)
	var refusals sync.Map
	t.Run("cases", func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				addr := unproven.public
				switch {
				case c.Slow:
					addr = hasty.public
				case c.Signed:
					addr = proven.public
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				answers, err := c.Send(ctx, addr)
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Judge(answers, hostileSecret); err != nil {
					t.Error(err)
				}
				for _, a := range answers {
					if a.Status == http.StatusUnauthorized {
						refusals.Store(string(a.Body), true)
					}
				}
			})
		}
	})
	t.Logf("%d cases, %d proven deliveries, peak heap %d MB", len(cases), senders.taken, peak()>>20)
	if peak() > 100<<20 {
		t.Errorf("the heap grew to %d MB", peak()>>20)
	}
	if strangers.taken != 0 {
		t.Errorf("%d deliveries of strangers were stored", strangers.taken)
	}
	texts := 0
	refusals.Range(func(any, any) bool { texts++; return true })
	if texts != 1 {
		t.Errorf("there are %d texts of a 401, want 1", texts)
	}
	for _, w := range []*site{unproven, proven, hasty} {
		log := w.journal.String()
		for _, word := range []string{hostile.Canary, hostileSecret, "panic", "\x1b", "example.com"} {
			if i := strings.Index(log, word); i >= 0 {
				t.Errorf("the log holds %q: …%s…", word, log[max(0, i-200):min(len(log), i+200)])
			}
		}
	}
}

// watchHeap samples the heap until the test ends and returns its peak so far.
func watchHeap(t *testing.T) (peak func() uint64) {
	t.Helper()
	var mu sync.Mutex
	var highest uint64
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() {
		for ctx.Err() == nil {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			mu.Lock()
			highest = max(highest, m.HeapInuse)
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return func() uint64 {
		mu.Lock()
		defer mu.Unlock()
		return highest
	}
}
