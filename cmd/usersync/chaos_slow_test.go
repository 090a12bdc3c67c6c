package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// 200 senders that begin a body and send a little of it now and then, and two that send 32 MB again and
// again, take nothing from an honest one.
func TestChaosSlowSenders(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c := newChaos(t, "200 slow senders and 2 x 32 MB bodies, "+kindOf(databaseURL), databaseURL, databaseURL, patiently())
		nuisance := &nuisance{daemon: c.daemon.url, over: make(chan struct{})}
		nuisance.begin(200, 2)
		defer nuisance.end()
		// The daemon cuts them all the time: on a busy machine they never stand there all at once.
		await(t, "the slow senders", func() bool { return nuisance.opened.Load() >= 200 })
		load := c.load(8, newStream(t, c.daemon.providers, "u", 200).next)
		began := time.Now()
		load.awaitAcks(300)
		await(t, "large bodies", func() bool { return nuisance.refused.Load() >= 4 })
		time.Sleep(time.Until(began.Add(time.Duration(often(0, 60)) * time.Second)))
		load.end()
		c.faults = nuisance.opened.Load() + nuisance.refused.Load()
		nuisance.end()
		c.conclude(load)
		if load.refused > 0 || nuisance.taken.Load() > 0 {
			t.Errorf("%d honest requests were answered 503, and %d large bodies taken", load.refused, nuisance.taken.Load())
		}
	})
}

// nuisance is senders that take what they can get.
type nuisance struct {
	daemon string
	over   chan struct{}
	once   sync.Once
	wait   sync.WaitGroup

	opened         atomic.Int64 // slow connections
	refused, taken atomic.Int64 // large bodies
}

func (n *nuisance) begin(slow, large int) {
	for i := range slow {
		n.wait.Go(func() { n.repeat(func() { n.trickle(i%2*300_000 + 100) }) })
	}
	for i := range large {
		n.wait.Go(func() { n.repeat(func() { n.flood(i%2 == 0) }) })
	}
}

func (n *nuisance) end() {
	n.once.Do(func() { close(n.over) })
	n.wait.Wait()
}

func (n *nuisance) repeat(act func()) {
	for {
		select {
		case <-n.over:
			return
		case <-time.After(200 * time.Millisecond):
			act()
		}
	}
}

// trickle announces a body, sends so many bytes and then a few at a time, until it
// is cut.
func (n *nuisance) trickle(first int) {
	host := strings.TrimPrefix(n.daemon, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer conn.Close()
	n.opened.Add(1)
	text := fmt.Sprintf("POST /webhooks/authon HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n%s", host, strings.Repeat(" ", first))
	for {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
		text = strings.Repeat(" ", 100)
		select {
		case <-n.over:
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// flood sends 32 MB, announced or not.
func (n *nuisance) flood(announced bool) {
	const size = 32 << 20
	request, err := http.NewRequest(http.MethodPost, n.daemon+"/webhooks/authon", io.LimitReader(spaces{}, size))
	if err != nil {
		return
	}
	request.ContentLength = -1
	if announced {
		request.ContentLength = size
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		n.refused.Add(1) // cut off while it sent
		return
	}
	response.Body.Close()
	if response.StatusCode < http.StatusBadRequest {
		n.taken.Add(1)
	} else {
		n.refused.Add(1) // 413, or 408 on a machine that is slow itself
	}
}

// spaces is a text without an end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
