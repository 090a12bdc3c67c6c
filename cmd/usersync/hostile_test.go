package main

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/hostile"
)

// The whole program against everything that nobody should send: no 5xx, no
// row from a stranger, no secret and no payload in answers, log or metrics,
// and bounded memory of a daemon in a process of its own.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startProcess(t, writeConfig(t, databaseURL, "log:\n  level: debug\n"), databaseURL)
		target := daemon.providers["hostile"]
		cases := hostile.Requests(func(body []byte) http.Header {
			header := http.Header{"Content-Type": {"application/json"}}
			if err := target.Sign(header, body, time.Now()); err != nil {
				t.Fatal(err)
			}
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
		attack(t, &daemon.running, strangers)
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
		attack(t, &daemon.running, insiders)
		if letters, err = db.DeadLetters(t.Context(), 1000); err != nil || len(letters) == 0 {
			t.Errorf("what was signed but not understood is kept: %d dead letters, %v", len(letters), err)
		}
		response, err := http.Get(daemon.adminURL + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var metrics strings.Builder
		if err := response.Header.Write(&metrics); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&metrics, response.Body); err != nil { // not as it came: a chunk may end within a word
			t.Fatal(err)
		}
		for where, text := range map[string]string{"log": daemon.log.String(), "metrics": metrics.String()} {
			for _, word := range []string{hostile.Canary, testSecret("hostile"), "example.com", "panic"} {
				if strings.Contains(text, word) {
					t.Errorf("%q stands in the %s", word, where)
				}
			}
		}
		peak := daemon.peakMemory()
		if peak >= 100e6 && !raceDetector {
			t.Errorf("the daemon took %d MB of memory", peak/1e6)
		}
		if code := daemon.stop(); code != exitOK {
			t.Errorf("exit code %d:\n%s", code, daemon.log)
		}
		t.Logf("%d requests (%d from strangers), peak memory %d MB, %d dead letters", len(cases), len(strangers), peak/1e6, len(letters))
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
