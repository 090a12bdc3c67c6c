package main

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// readyWatch asks a daemon again and again whether it takes deliveries, as a load
// balancer does, which stops sending to one that does not.
type readyWatch struct {
	t      *testing.T
	over   chan struct{}
	once   sync.Once
	wait   sync.WaitGroup
	client *http.Client

	mu         sync.Mutex
	green, red int           // answers so far
	last       bool          // whether the last one was green
	longest    time.Duration // of an answer
}

// watchReady begins to ask the daemon that runs.
func (c *chaos) watchReady() *readyWatch {
	w := &readyWatch{t: c.t, over: make(chan struct{}), client: &http.Client{Timeout: 30 * time.Second}}
	c.t.Cleanup(w.end)
	url := *c.url.Load() + "/readyz"
	w.wait.Go(func() {
		for {
			select {
			case <-w.over:
				return
			case <-time.After(100 * time.Millisecond):
				w.ask(url)
			}
		}
	})
	return w
}

// end stops asking.
func (w *readyWatch) end() {
	w.once.Do(func() { close(w.over) })
	w.wait.Wait()
	w.client.CloseIdleConnections()
}

func (w *readyWatch) ask(url string) {
	began := time.Now()
	response, err := w.client.Get(url)
	if err != nil {
		w.t.Error(err)
		return
	}
	_ = response.Body.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.longest = max(w.longest, time.Since(began))
	if w.last = response.StatusCode == http.StatusOK; w.last {
		w.green++
	} else {
		w.red++
	}
}

// await waits until the daemon says that it is ready, or that it is not.
func (w *readyWatch) await(ready bool) {
	w.t.Helper()
	what := "readiness to be red"
	if ready {
		what = "readiness to be green"
	}
	await(w.t, what, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.green+w.red > 0 && w.last == ready
	})
}

// allGreen ends the watch and fails if the daemon was once not ready.
func (w *readyWatch) allGreen() {
	w.t.Helper()
	w.end()
	w.t.Logf("/readyz was asked %d times, and red %d times: longest answer %v", w.green+w.red, w.red, w.longest)
	if w.red > 0 || w.green < 10 {
		w.t.Errorf("/readyz was green %d times and red %d times", w.green, w.red)
	}
	if w.longest > time.Second && long() { // who asks gives up then, by default
		w.t.Errorf("/readyz answered after %v", w.longest)
	}
}
