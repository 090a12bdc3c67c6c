// Package load sends requests that were made before over keep-alive connections and
// measures how long each answer takes. It is as cheap as it can be: it shares the
// processors with what it measures.
package load

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Plan is one run.
type Plan struct {
	Address     string // host:port
	Connections int
	// Rate is how many requests a second are begun, whether or not earlier ones were
	// answered (open loop): a latency counts from when the request was due. 0: each
	// connection sends the next request when it has its answer (closed loop).
	Rate     float64
	Duration time.Duration
	// Requests are whole requests as they go over the wire; each is sent once, in this
	// order. A run ends early when there are no more.
	Requests [][]byte
	// Skip is how many of them an earlier run has used up.
	Skip int
}

// Result is what came of a run.
type Result struct {
	Sent    []bool // of each request of the plan, whether it was sent
	Took    time.Duration
	Answers map[int]int // by status
	Broken  int         // requests without an answer
	Taken   int         // requests that another run must not begin with
	Latency Latency
}

// Rate is how many requests a second were answered 200.
func (r Result) Rate() float64 { return float64(r.Answers[200]) / r.Took.Seconds() }

// Run carries out a plan.
func Run(p Plan) (Result, error) {
	connections := make([]*connection, p.Connections)
	for i := range connections {
		c, err := dial(p.Address)
		if err != nil {
			return Result{}, fmt.Errorf("connection %d: %w", i, err)
		}
		defer func() { _ = c.Close() }() // the one that it has by then
		connections[i] = c
	}
	feed := newFeed(p)
	var group sync.WaitGroup
	for _, c := range connections {
		group.Go(func() { c.run(feed) })
	}
	group.Wait()
	result := Result{
		Took: time.Since(feed.began), Answers: map[int]int{}, Sent: feed.sent,
		Taken: min(int(feed.taken.Load()), len(p.Requests)),
	}
	for _, c := range connections {
		result.Broken += c.broken
		for status, count := range c.answers {
			result.Answers[status] += count
		}
		result.Latency.merge(&c.latency)
	}
	return result, nil
}

// connection is one keep-alive connection and what it saw.
type connection struct {
	net.Conn
	address string
	reader  *bufio.Reader
	broken  int
	answers map[int]int
	latency Latency
}

func dial(address string) (*connection, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, address: address, reader: bufio.NewReaderSize(conn, 2048), answers: map[int]int{}}, nil
}

func (c *connection) run(feed *feed) {
	for {
		request, due, ok := feed.next()
		if !ok {
			return
		}
		status, err := c.exchange(request)
		if err != nil {
			c.broken++
			if !c.redial() {
				return
			}
			continue
		}
		c.answers[status]++
		c.latency.add(time.Since(due))
	}
}

// redial takes another connection in the place of one that broke.
func (c *connection) redial() bool {
	_ = c.Close() // it is broken
	again, err := dial(c.address)
	if err != nil {
		return false
	}
	c.Conn, c.reader = again.Conn, again.reader
	return true
}

var (
	lengthHeader = []byte("content-length:")
	errNoAnswer  = fmt.Errorf("the answer is no HTTP/1.1 with a length")
)

// exchange sends a request, reads the answer to its end and returns its status.
func (c *connection) exchange(request []byte) (status int, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, err
	}
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, errNoAnswer
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, errNoAnswer
	}
	length := -1
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > len(lengthHeader) && bytes.EqualFold(line[:len(lengthHeader)], lengthHeader) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthHeader):]))); err != nil {
				return 0, errNoAnswer
			}
		}
	}
	switch {
	case status == http.StatusNoContent: // has no length, and nothing behind it
		return status, nil
	case length < 0:
		return 0, errNoAnswer
	}
	_, err = c.reader.Discard(length)
	return status, err
}
