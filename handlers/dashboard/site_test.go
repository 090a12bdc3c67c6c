package dashboard_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/handlers/desk"
	"usersync/internal/logtest"
	"usersync/internal/pulse"
	"usersync/internal/secret"
)

// token is what operators of these tests sign in with.
const token = "token-of-the-operators-77"

// site is a dashboard as the daemon serves it.
type site struct {
	url string
	log *logtest.Log
}

// newSite serves a desk on the admin listener; the test stops it when it ends.
func newSite(t *testing.T, over *desk.Desk, token string) *site {
	t.Helper()
	log := &logtest.Log{}
	logger := zerolog.New(log)
	admin := handlers.NewAdmin(handlers.AdminOptions{
		Metrics: handlers.NewMetrics("test", pulse.New(time.Now)), Health: handlers.NewHealth(), Desk: over, Token: secret.New(token), Log: logger,
	})
	server := httptest.NewUnstartedServer(nil)
	server.Config = handlers.NewServer("admin", admin, logger)
	server.Start()
	t.Cleanup(server.Close)
	return &site{url: server.URL, log: log}
}

// ask sends a request, follows no redirect, and reads the answer.
func (s *site) ask(t *testing.T, method, path string, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// signIn returns the session's cookie as a header.
func (s *site) signIn(t *testing.T) string {
	t.Helper()
	answer, body := s.ask(t, http.MethodPost, "/sign-in", url.Values{"token": {token}})
	if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 1 {
		t.Fatalf("signing in: %d %s", answer.StatusCode, body)
	}
	return answer.Cookies()[0].Name + "=" + answer.Cookies()[0].Value
}
