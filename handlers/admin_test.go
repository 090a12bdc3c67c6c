package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usersync/handlers"
	"usersync/internal/secret"
)

func TestAdminRoutes(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{parts: []handlers.Part{{Name: "database", Ready: func(context.Context) error { return nil }}}})
	for _, want := range []struct {
		path, kind, body string
		status           int
	}{
		{"/livez", "application/json", `{"live":true}`, http.StatusOK},
		{"/readyz", "application/json", `{"ready":true}`, http.StatusOK},
		{"/healthz", "application/json", `{"ready":true}`, http.StatusOK},
		{"/readyz?verbose", "application/json", `{"ready":true,"parts":[{"name":"database","ready":true}]}`, http.StatusOK},
		{"/api/v1/users", "application/json", `{"error":"not found"}`, http.StatusNotFound},
		{"/webhooks/acme", "application/json", `{"error":"not found"}`, http.StatusNotFound},
		{"/livez/", "application/json", `{"error":"not found"}`, http.StatusNotFound},
	} {
		answer, body := get(t, w.admin+want.path)
		if answer.StatusCode != want.status || body != want.body || answer.Header.Get("Content-Type") != want.kind {
			t.Errorf("%s: %d %s %s", want.path, answer.StatusCode, answer.Header.Get("Content-Type"), body)
		}
	}
	answer, body := get(t, w.admin+"/")
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain") || !strings.Contains(body, "/metrics") {
		t.Errorf("/: %d %s", answer.StatusCode, body)
	}
	if answer.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be cached")
	}
}

// Strangers learn that something is wrong, operators what.
func TestReadiness(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var away, full atomic.Bool
		var asked atomic.Int64
		away.Store(true)
		full.Store(true)
		_, public, admin := newHandlers(settings{parts: []handlers.Part{
			{Name: "database", Ready: func(context.Context) error {
				asked.Add(1)
				if away.Load() {
					return errors.New("connection refused\x1b[2J")
				}
				return nil
			}},
			{Name: "spool", Ready: func(context.Context) error {
				if full.Load() {
					return errors.New("full")
				}
				return nil
			}},
		}})
		ask := func(h http.Handler, path string) *httptest.ResponseRecorder {
			return call(h, http.MethodGet, path, "", nil)
		}
		for range 20 {
			if answer := ask(public, "/readyz?verbose"); answer.Code != http.StatusServiceUnavailable || answer.Body.String() != `{"ready":false}` {
				t.Errorf("public: %d %s", answer.Code, answer.Body)
			}
		}
		const want = `{"ready":false,"parts":[{"name":"database","ready":false,"error":"connection refused\\x1b[2J"},{"name":"spool","ready":false,"error":"full"}]}`
		if body := ask(admin, "/readyz?verbose").Body.String(); body != want {
			t.Errorf("admin: %s", body)
		}
		if n := asked.Load(); n != 2 {
			t.Errorf("21 requests asked the database %d times, want once for each kind", n)
		}
		if ask(public, "/livez").Code != http.StatusOK {
			t.Error("not alive because the database is away")
		}
		for _, c := range []struct {
			away, full bool
			code       int
		}{{true, false, http.StatusOK}, {true, true, http.StatusServiceUnavailable}, {false, true, http.StatusOK}} {
			away.Store(c.away)
			full.Store(c.full)
			time.Sleep(time.Second)
			if answer := ask(public, "/readyz"); answer.Code != c.code {
				t.Errorf("%+v: %d", c, answer.Code)
			}
		}
	})
}

// While one part is ready nobody waits for another one that hangs, but who wants to
// know of all.
func TestReadinessWaitsForNobody(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		_, public, admin := newHandlers(settings{parts: []handlers.Part{
			{Name: "spool", Ready: func(context.Context) error { return nil }},
			{Name: "database", Ready: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
		}})
		for _, ask := range []func() *httptest.ResponseRecorder{
			func() *httptest.ResponseRecorder { return call(public, http.MethodGet, "/readyz", "", nil) },
			func() *httptest.ResponseRecorder { return call(admin, http.MethodGet, "/healthz", "", nil) },
		} {
			began := time.Now()
			if answer := ask(); answer.Code != http.StatusOK || time.Since(began) > 0 {
				t.Errorf("%d after %v", answer.Code, time.Since(began))
			}
		}
		if body := call(admin, http.MethodGet, "/readyz?verbose", "", nil).Body.String(); !strings.Contains(body, "deadline") {
			t.Errorf("admin: %s", body)
		}
	})
}

// A part that panics is not ready, and the next probe is not blocked by it.
func TestPanickingPart(t *testing.T) {
	t.Parallel()
	w := newSite(t, settings{parts: []handlers.Part{{Name: "broken", Ready: func(context.Context) error { panic("a bug") }}}})
	for range 2 {
		if answer, _ := get(t, w.public+"/readyz"); answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d", answer.StatusCode)
		}
	}
}

// What operators and the app ask for names users, and one mistyped word makes it no route.
func TestMistypedPathsAreNotLogged(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v1/users/acme/ann@example.com/typo": "/api/v1/users/*/*/*",
		"/api/v1/userz/ann@example.com":           "/api/v1/*/*",
		"/users/ann@example.com":                  "/users/*",
		"/events/one/ann@example.com":             "/events/one/*",
		"/ann@example.com":                        "/*",
		"/1/2/3/4/5/6/7/8/9/ann@example.com":      "/*/*/*/*/*/*/*",
	} {
		for _, header := range []string{"Authorization", "X-Nobody"} {
			w, _, admin := newHandlers(settings{token: secret.New(adminToken), desk: newFakeDesk().desk()})
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set(header, "Bearer "+adminToken)
			admin.ServeHTTP(httptest.NewRecorder(), r)
			if log := w.journal.String(); strings.Contains(log, "ann") || !strings.Contains(log, `"path":"`+want+`"`) {
				t.Errorf("%s: %s", path, log)
			}
		}
	}
}
