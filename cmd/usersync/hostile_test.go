package main

import (
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/hostile"
)

// The whole program against everything that nobody should send: no 5xx, no
// row from a stranger, no secret and no payload in answers, log or metrics,
// and bounded memory.
func TestHostileRequests(t *testing.T) {
	// Not parallel: it measures the memory of this process.
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "log:\n  level: debug\n")
		target := daemon.providers["hostile"]
		cases := hostile.Requests(func(body []byte) http.Header {
			header := http.Header{"Content-Type": {"application/json"}}
			target.Sign(header, body, time.Now())
			return header
		})
		if len(cases) < 150 {
			t.Fatalf("%d cases, want at least 150", len(cases))
		}
		var strangers, insiders []hostile.Case
		for _, c := range cases {
			if c.Signed {
				insiders = append(insiders, c)
			} else {
				strangers = append(strangers, c)
			}
		}
		peak := watchHeap(t)
		attack(t, daemon, strangers)
		db := daemon.inspect()
		users, err := db.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		letters, err := db.DeadLetters(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(users)+len(letters) != 0 {
			t.Errorf("strangers made %d rows and %d dead letters", len(users), len(letters))
		}
		attack(t, daemon, insiders)
		if letters, err = db.DeadLetters(t.Context(), 1000); err != nil || len(letters) == 0 {
			t.Errorf("what was signed but not understood is kept: %d dead letters, %v", len(letters), err)
		}
		response, err := http.Get(daemon.adminURL + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var metrics strings.Builder
		if err := response.Write(&metrics); err != nil {
			t.Fatal(err)
		}
		for where, text := range map[string]string{"log": daemon.log.String(), "metrics": metrics.String()} {
			for _, word := range []string{hostile.Canary, testSecret("hostile"), "example.com", "panic"} {
				if strings.Contains(text, word) {
					t.Errorf("%q stands in the %s", word, where)
				}
			}
		}
		if mib := peak() >> 20; mib >= 100 {
			t.Errorf("the heap grew to %d MiB", mib)
		} else {
			t.Logf("%d requests (%d from strangers), peak heap %d MiB, %d dead letters", len(cases), len(strangers), mib, len(letters))
		}
	})
}

// attack sends the cases, several at a time, and judges the answers.
func attack(t *testing.T, daemon *running, cases []hostile.Case) {
	t.Helper()
	var wait sync.WaitGroup
	slots := make(chan struct{}, 16)
	for _, c := range cases {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			answers, err := c.Send(t.Context(), strings.TrimPrefix(daemon.url, "http://"))
			if err == nil {
				err = c.Judge(answers, testSecret("hostile"))
			}
			if err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		})
	}
	wait.Wait()
}

// watchHeap samples the heap until the returned function is called, which
// gives the largest size in bytes. Test and daemon share it.
func watchHeap(t *testing.T) (peak func() uint64) {
	var largest atomic.Uint64
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			largest.Store(max(largest.Load(), stats.HeapInuse))
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	stop := sync.OnceFunc(func() { close(done); wait.Wait() })
	t.Cleanup(stop)
	return func() uint64 { stop(); return largest.Load() }
}
