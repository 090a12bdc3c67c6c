package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/handlers"
	usersync "usersync/sync"
)

// pipes is a listener inside of a bubble: its connections are net.Pipes.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error { close(l.ended); return nil }

func (l *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// dialInBubble serves the public listener with the limits that it has in the daemon, and
// returns a connection to it.
func dialInBubble(t *testing.T, sink handlers.Sink) (conn net.Conn, answers *bufio.Reader) {
	t.Helper()
	w, public, _ := newHandlers(settings{options: handlers.Options{Sink: sink}})
	l := &pipes{conns: make(chan net.Conn), ended: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- handlers.Serve(ctx, w.health, handlers.Binding{Server: handlers.NewServer("public", public, loggerTo(w.journal)), Listener: l})
	}()
	conn, theirs := net.Pipe()
	l.conns <- theirs
	t.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return conn, bufio.NewReader(conn)
}

const announced = "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nX-Proof: good\r\nContent-Length: "

// answerOf reads an answer; status is 0 if there is none.
func answerOf(t *testing.T, answers *bufio.Reader) (status int, hungUp bool) {
	t.Helper()
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0, true
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Error(err)
	}
	return answer.StatusCode, answer.Close
}

// The limits of a body are none of the answer: a delivery may wait for the database for
// longer than all of them, and the connection is used again.
func TestAnswersOutliveTheLimitsOfBodies(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		conn, answers := dialInBubble(t, &fakeSink{answer: func(ctx context.Context) (usersync.Outcome, error) {
			time.Sleep(40 * time.Second)
			return usersync.OutcomeApplied, ctx.Err()
		}})
		for i, size := range []int{4, 0, 4000, 4095, 4096, 5000, 100_000, 4} {
			body := strings.Repeat("u", size)
			go fmt.Fprintf(conn, announced+"%d\r\n\r\n%s", size, body)
			if status, hungUp := answerOf(t, answers); status != http.StatusOK || hungUp {
				t.Fatalf("request %d of %d bytes: %d, closed %v", i, size, status, hungUp)
			}
			time.Sleep(50 * time.Second) // less than a connection may be idle
		}
	})
}

// A body has ten seconds, however much of it has come: none, or a byte now and then.
func TestSlowBodies(t *testing.T) {
	for name, test := range map[string]struct {
		first string
		every time.Duration // a byte more; 0: nothing more
	}{
		"nothing":  {"", 0},
		"a part":   {"user", 0},
		"a buffer": {"user" + strings.Repeat(" ", 5000), 0},
		"trickle":  {"user", 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				conn, answers := dialInBubble(t, &fakeSink{})
				fmt.Fprintf(conn, announced+"%d\r\n\r\n", 20_000)
				begun := time.Now()
				var sender sync.WaitGroup
				defer sender.Wait()
				defer conn.Close()
				sender.Go(func() {
					fmt.Fprint(conn, test.first)
					for test.every > 0 {
						time.Sleep(test.every)
						if _, err := fmt.Fprint(conn, " "); err != nil {
							return
						}
					}
				})
				status, hungUp := answerOf(t, answers)
				if took := time.Since(begun); status != http.StatusRequestTimeout || !hungUp || took != 10*time.Second {
					t.Errorf("%d, closed %v, after %s", status, hungUp, took)
				}
			})
		})
	}
}
