package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/hostile"
	"usersync/providers"
)

// slowAdmins are connections that never come to an end: half a head, half a form, and
// answers that nobody reads.
const slowAdmins = 60

// hostileAdmins are at once as many as these and those together.
const hostileAdmins = 200

// operatorPaths are what is attacked.
var operatorPaths = []string{"/", "/events", "/events/one", "/users", "/users/one", "/users/erase", "/letters", "/letters/retry", "/letters/1", "/runs", "/runs/1", "/settings", "/sign-in", "/api/v1/events", "/api/v1/users", "/metrics"}

// hostileTexts are ids that somebody may ask for.
var hostileTexts = []string{"'; DROP TABLE users; --", "\x00", "\xff\xfe", strings.Repeat("x", 60_000), "%", "../../../etc/passwd", "<script>alert(1)</script>", "\u202e", "9223372036854775808", "{{.}}"}

// inVain reports whether an answer of the listener of operators says that it fails: not if
// on a busy machine others were before it for as long as one waits for one's turn.
func inVain(status int, took time.Duration) bool {
	return status >= 500 && (status != http.StatusServiceUnavailable || took < deskPatience/2)
}

// Two hundred slow or hostile requests at once to the listener of operators: none is
// answered 5xx, meanwhile webhooks are taken and an operator is answered, and nothing is
// done that nobody asked for.
func TestHostileOperators(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		file := writeConfig(t, databaseURL, "")
		withOperator(t, file)
		daemon := startProcess(t, file, databaseURL)
		admin := strings.TrimPrefix(daemon.adminURL, "http://")
		stop := dawdle(t, admin)
		defer stop()
		attacks := attacksOnOperators()
		if slowAdmins+len(attacks) < hostileAdmins {
			t.Fatalf("%d requests, want %d", slowAdmins+len(attacks), hostileAdmins)
		}
		var wait sync.WaitGroup
		for i, attack := range attacks {
			wait.Go(func() {
				if err := attack(t.Context(), admin); err != nil {
					t.Errorf("attack %d: %v", i, err)
				}
			})
		}
		began := time.Now().Add(-time.Minute)
		const events = 30
		for i := range events {
			sample := providers.Sample{UserID: fmt.Sprint("usr_", i), Email: fmt.Sprint(i, "@example.com"), EventID: fmt.Sprint("evt_", i), Time: began}
			if got := daemon.outcome("authon", "user.created", sample); got != "applied" {
				t.Errorf("event %d: %s", i, got)
			}
		}
		o := daemon.operate()
		wants(t, o.readAmongOthers("/events"), "usr_29")
		wants(t, o.readAmongOthers("/"), "authon")
		wait.Wait()
		wants(t, o.read("/users?q=usr_7"), "7@example.com")
		if rows, runs := rowsIn(t, databaseURL, "users WHERE deleted_at IS NULL"), o.read("/runs"); rows != events || !strings.Contains(runs, "There is no run") {
			t.Errorf("%d rows, and the runs: %s", rows, runs)
		}
		for _, word := range []string{"panic", operatorToken, "DROP TABLE", "example.com"} {
			if strings.Contains(daemon.log.String(), word) {
				t.Errorf("%q stands in the log:\n%.2000s", word, daemon.log)
			}
		}
	})
}

// readAmongOthers opens a page, again if others were before it.
func (o *visitor) readAmongOthers(path string) (body string) {
	o.daemon.t.Helper()
	until(o.daemon.t, func() bool {
		began := time.Now()
		var answer *http.Response
		if answer, body = o.ask(http.MethodGet, path, nil); inVain(answer.StatusCode, time.Since(began)) {
			o.daemon.t.Fatalf("%s: %d %s", path, answer.StatusCode, body)
		}
		return answer.StatusCode == http.StatusOK
	}, func() string { return body })
	return body
}

// dawdle opens the slow connections; stop ends them.
func dawdle(t *testing.T, addr string) (stop func()) {
	t.Helper()
	var open []net.Conn
	for i := range slowAdmins {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
		said := []string{
			"GET /events HTTP/1.1\r\nHost: loc",
			"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\ntoken=",
			"POST /letters/retry HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + operatorToken + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\nid=1&",
			strings.Repeat("GET /settings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "+operatorToken+"\r\n\r\n", 40),
		}[i%4]
		if _, err := conn.Write([]byte(said)); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		for _, conn := range open {
			_ = conn.Close()
		}
	}
}

// attacksOnOperators are requests of strangers and of insiders.
func attacksOnOperators() (attacks []func(ctx context.Context, addr string) error) {
	unsigned := func([]byte) http.Header { return http.Header{"Content-Type": {"application/json"}} }
	for i, c := range hostile.Requests(unsigned) {
		if c.Slow {
			continue // those of dawdle are, too
		}
		c = c.Elsewhere(operatorPaths[i%len(operatorPaths)], []string{"X-Stranger: yes", "Authorization: Bearer " + operatorToken, "Cookie: usersync_session=AAAA"}[i%3])
		attacks = append(attacks, func(ctx context.Context, addr string) error {
			began := time.Now()
			answers, err := c.Send(ctx, addr)
			for _, a := range answers {
				if inVain(a.Status, time.Since(began)) || strings.Contains(string(a.Body), operatorToken) {
					return fmt.Errorf("%s: %d %.300s", c.Name, a.Status, a.Body)
				}
			}
			return err
		})
	}
	for _, path := range operatorPaths {
		for i, text := range hostileTexts {
			values := url.Values{}
			for _, name := range []string{"provider", "user", "event", "q", "after", "from", "at", "below", "id", "reason", "kind", "which", "confirm", "result", "token", "next"} {
				values.Set(name, text)
			}
			method := []string{http.MethodGet, http.MethodPost}[i%2]
			attacks = append(attacks, func(ctx context.Context, addr string) error { return tryAs(ctx, method, "http://"+addr+path, values) })
		}
	}
	return attacks
}

// tryAs sends values as an operator, in the query or as a form.
func tryAs(ctx context.Context, method, address string, values url.Values) error {
	body := ""
	if method == http.MethodGet {
		address += "?" + values.Encode()
	} else {
		body = values.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+operatorToken)
	began := time.Now()
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil // hung up: it sent too much
	}
	defer answer.Body.Close()
	if inVain(answer.StatusCode, time.Since(began)) {
		return fmt.Errorf("%s %.60s: %d", method, address, answer.StatusCode)
	}
	return nil
}
