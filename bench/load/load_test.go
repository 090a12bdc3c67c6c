package load_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usersync/bench/load"
)

func requests(count int) (all [][]byte) {
	for i := range count {
		body := fmt.Sprint(i)
		all = append(all, fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	}
	return all
}

// Each request is sent once and its answer counted, whatever it is.
func TestAnswersAreCounted(t *testing.T) {
	t.Parallel()
	var seen [200]atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Fscan(r.Body, &n)
		seen[n].Add(1)
		if n%10 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, strings.Repeat("x", n))
	}))
	defer server.Close()
	got, err := load.Run(load.Plan{Address: server.Listener.Addr().String(), Connections: 4, Duration: time.Minute, Requests: requests(200)})
	if err != nil || got.Answers[200] != 180 || got.Answers[503] != 20 || got.Broken != 0 || got.Taken != 200 {
		t.Errorf("%+v, %v", got.Answers, err)
	}
	for i := range seen {
		if seen[i].Load() != 1 || !got.Sent[i] {
			t.Errorf("request %d came %d times", i, seen[i].Load())
		}
	}
	if rate := got.Rate(); rate <= 0 || rate*got.Took.Seconds() < 179.9 || rate*got.Took.Seconds() > 180.1 {
		t.Errorf("%v in %v", rate, got.Took)
	}
}

// A run goes on where an earlier one ended, with other requests.
func TestSkip(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	got, err := load.Run(load.Plan{Address: server.Listener.Addr().String(), Connections: 2, Duration: time.Minute, Requests: requests(10), Skip: 7})
	if err != nil || got.Answers[200] != 3 {
		t.Errorf("%+v, %v", got.Answers, err)
	}
	for i, sent := range got.Sent {
		if sent != (i >= 7) {
			t.Errorf("request %d: sent %v", i, sent)
		}
	}
}

// What misbehaves breaks its own request: the others are sent on new connections.
func TestServerThatMisbehaves(t *testing.T) {
	t.Parallel()
	const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for name, answer := range map[string]string{
		"closes":         "",
		"not HTTP":       "hello there, this is no HTTP at all\r\n\r\n",
		"short":          "HTTP\r\n\r\n",
		"no length":      "HTTP/1.1 200 OK\r\n\r\n",
		"bad length":     "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
		"cut header":     "HTTP/1.1 200 OK\r\nContent-",
		"cut body":       "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok",
		"bad status":     "HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\nok",
		"endless header": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<16) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			address := serve(t, func(conn net.Conn, reader *bufio.Reader) bool {
				if asked.Add(1)%2 == 0 {
					_, _ = io.WriteString(conn, answer)
					return false
				}
				_, err := io.WriteString(conn, fine)
				return err == nil
			})
			got, err := load.Run(load.Plan{Address: address, Connections: 1, Duration: time.Minute, Requests: requests(20)})
			if err != nil || got.Answers[200] != 10 || got.Broken != 10 || len(got.Answers) != 1 {
				t.Errorf("%+v, %d broken, %v", got.Answers, got.Broken, err)
			}
		})
	}
}

// serve answers each request on a connection until answer says that it is over.
func serve(t *testing.T, answer func(net.Conn, *bufio.Reader) bool) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for {
					r, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
					if !answer(conn, reader) {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// In an open loop a request that could not be sent in time has waited: a server that hangs
// for a while is seen by all that were due meanwhile.
func TestOpenLoopCountsFromWhenARequestWasDue(t *testing.T) {
	t.Parallel()
	const hang = 300 * time.Millisecond
	var first atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if first.CompareAndSwap(false, true) {
			time.Sleep(hang)
		}
	}))
	defer server.Close()
	got, err := load.Run(load.Plan{Address: server.Listener.Addr().String(), Connections: 1, Rate: 1000, Duration: time.Minute, Requests: requests(200)})
	if err != nil || got.Answers[200] != 200 {
		t.Fatalf("%+v, %v", got.Answers, err)
	}
	// The last was due after 199 ms, and could not be sent before 300.
	if least := got.Latency.Quantile(0); least < 90_000 {
		t.Errorf("a request that came late waited %d µs", least)
	}
	if got.Took < 199*time.Millisecond {
		t.Errorf("200 requests at 1000 a second took %v", got.Took)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	const nobody = "127.0.0.1:1" // a port that was free a moment ago may be somebody's
	if _, err := load.Run(load.Plan{Address: nobody, Connections: 1, Duration: time.Second, Requests: requests(1)}); err == nil {
		t.Error("a run without a server has no error")
	}
}

func TestAnswerWithoutContent(t *testing.T) {
	t.Parallel()
	address := serve(t, func(conn net.Conn, _ *bufio.Reader) bool {
		_, err := io.WriteString(conn, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n")
		return err == nil
	})
	got, err := load.Run(load.Plan{Address: address, Connections: 1, Duration: time.Minute, Requests: requests(20)})
	if err != nil || got.Answers[204] != 20 || got.Broken != 0 {
		t.Errorf("%+v, %d broken, %v", got.Answers, got.Broken, err)
	}
}
