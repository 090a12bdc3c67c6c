package handlers_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"usersync/handlers"
)

// A handshake is bound by the limits of a delivery: a body that does not come
// is waited for as long.
func TestSlowHandshake(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{options: handlers.Options{
		BodyTimeout: 200 * time.Millisecond,
		Endpoints:   map[string]handlers.Endpoint{"polite": {Provider: politeProvider{}}},
	}})
	for _, method := range []string{http.MethodGet, http.MethodOptions} {
		conn, err := net.Dial("tcp", w.public)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s /webhooks/polite HTTP/1.1\r\nHost: x\r\nX-May-I: yes\r\nContent-Length: 10\r\n\r\n", method)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusRequestTimeout || !answer.Close {
			t.Errorf("%s: status %d, closed %v", method, answer.StatusCode, answer.Close)
		}
		answer.Body.Close()
		conn.Close()
	}
}
