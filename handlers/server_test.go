package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/handlers"
	"usersync/internal/logtest"
)

func TestServerLimits(t *testing.T) {
	t.Parallel()
	var j logtest.Log
	s := handlers.NewServer("127.0.0.1:0", http.NotFoundHandler(), loggerTo(&j))
	if s.ReadHeaderTimeout != 5*time.Second || s.IdleTimeout != time.Minute || s.MaxHeaderBytes != 64<<10 || s.ReadTimeout == 0 || s.WriteTimeout == 0 {
		t.Errorf("limits: %+v", s)
	}
	s.ErrorLog.Print("http: TLS handshake error\x1b")
	if got := j.String(); !strings.Contains(got, `"level":"debug"`) || !strings.Contains(got, `TLS handshake error\\x1b`) {
		t.Errorf("log: %s", got)
	}
}

// What net/http refuses by itself, it refuses in our words; see refusal.go. A
// failure here after an upgrade of Go means that it writes them differently.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{})
	for request, want := range map[string]struct {
		status int
		body   string
	}{
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n":                {400, `{"error":"bad request"}`},
		"POST / HTTP/3.0\r\nHost: x\r\n\r\n":                                           {400, `{"error":"bad request"}`},
		"POST / HTTP/1.1\r\n\r\n":                                                      {400, `{"error":"bad request"}`},
		"nonsense\r\n\r\n":                                                             {400, `{"error":"bad request"}`},
		"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", 100<<10) + "\r\n\r\n": {431, `{"error":"the headers are too large"}`},
	} {
		conn, err := net.Dial("tcp", w.public)
		if err != nil {
			t.Fatal(err)
		}
		go fmt.Fprint(conn, request)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%.40q: %v", request, err)
			continue
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != want.status || string(body) != want.body || !answer.Close {
			t.Errorf("%.40q: %d %s %v", request, answer.StatusCode, body, err)
		}
		conn.Close()
	}
}

// A connection serves many deliveries, whatever became of the one before.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{options: handlers.Options{BodyTimeout: 200 * time.Millisecond}})
	conn, err := net.Dial("tcp", w.public)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	from := bufio.NewReader(conn)
	for i, proof := range []string{"good", "bad", "good", "old", "broken", "good"} {
		fmt.Fprintf(conn, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nX-Proof: %s\r\nContent-Length: 4\r\n\r\nuser", proof)
		answer, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.Close {
			t.Errorf("request %d: closed %v, %v", i, answer.Close, err)
		}
		time.Sleep(100 * time.Millisecond) // in all longer than a body may take
	}
}
