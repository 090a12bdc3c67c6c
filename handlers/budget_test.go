package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/handlers"
	usersync "usersync/sync"
)

// stall sends all of a body but its last byte.
func stall(t *testing.T, addr string, size int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nX-Proof: good\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat(" ", size-1))
	return conn
}

// statusOf waits for an answer; 0 says that there is none.
func statusOf(t *testing.T, conn net.Conn) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	if answer.StatusCode != http.StatusOK && !answer.Close {
		t.Error("the connection is kept, with a body in it that nobody reads")
	}
	return answer.StatusCode
}

// Bodies in flight share a budget: who stalls makes room for who comes later,
// the oldest first. Small bodies displace nobody.
func TestBudgetEvictsOldest(t *testing.T) {
	t.Parallel()
	const maxBody = 64 << 10 // takes 120 KiB with the buffers that it outgrows
	w := newSite(t, settings{options: handlers.Options{MaxBody: maxBody, MaxInFlight: 4 * maxBody, BodyTimeout: patience}})
	arrived := func(bodies int) bool { // all but the last byte of each
		arriving, free := handlers.ArrivingForTest(w.webhooks)
		return arriving == bodies && free == int64(4*maxBody-bodies*(120<<10))
	}
	first := stall(t, w.public, maxBody)
	eventually(t, "the first", func() bool { return arrived(1) })
	second := stall(t, w.public, maxBody)
	eventually(t, "the second", func() bool { return arrived(2) })
	if status, body := w.deliver(t, "good", "user"); status != http.StatusOK {
		t.Errorf("a small body was refused: %d %s", status, body)
	}
	if !arrived(2) {
		t.Error("somebody had to make room without need")
	}
	if status, body := w.deliver(t, "good", "user"+strings.Repeat(" ", maxBody-4)); status != http.StatusOK {
		t.Errorf("a complete body was refused: %d %s", status, body)
	}
	if status := statusOf(t, first); status != http.StatusServiceUnavailable {
		t.Errorf("the first got %d", status)
	}
	fmt.Fprint(second, " ") // it had room, so it may end
	if status := statusOf(t, second); status != http.StatusOK || w.sink.count() != 3 {
		t.Errorf("the second got %d, %d deliveries", status, w.sink.count())
	}
	eventually(t, "the log lines", func() bool { return strings.Count(w.journal.String(), `"message":"request"`) == 4 })
	if log := w.journal.String(); strings.Count(log, `"reason":"evicted"`) != 1 || strings.Contains(log, `"reason":"busy"`) {
		t.Errorf("log:\n%s", log)
	}
}

// What is complete keeps its room until it is durable; then 503 is all that is
// left for others.
func TestBudgetKeepsComplete(t *testing.T) {
	t.Parallel()
	const maxBody = 64 << 10
	begun, finish := make(chan struct{}, 3), make(chan struct{})
	w := newSite(t, settings{options: handlers.Options{MaxBody: maxBody, MaxInFlight: 4 * maxBody, BodyTimeout: patience, Sink: &fakeSink{answer: func(context.Context) (usersync.Outcome, error) {
		begun <- struct{}{}
		<-finish
		return usersync.OutcomeApplied, nil
	}}}})
	large := "user" + strings.Repeat(" ", maxBody-4)
	answered := make(chan int, 2)
	for range cap(answered) {
		go func() {
			status, _ := w.deliver(t, "good", large)
			answered <- status
		}()
		<-begun
	}
	stalled := stall(t, w.public, maxBody)
	if status := statusOf(t, stalled); status != http.StatusServiceUnavailable {
		t.Errorf("there was no room, and the answer was %d", status)
	}
	close(finish)
	for range cap(answered) {
		if status := <-answered; status != http.StatusOK {
			t.Errorf("a complete delivery was answered with %d", status)
		}
	}
	if status, _ := w.deliver(t, "good", large); status != http.StatusOK {
		t.Errorf("status %d with room again", status)
	}
}
