package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"usersync/handlers"
	"usersync/internal/secret"
)

const adminToken = "token-of-the-operators-77"

// ask sends a request to the admin listener with the given Authorization headers.
func (w *site) ask(t *testing.T, method, path string, credentials ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+w.admin+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["Authorization"] = credentials
	return do(t, r)
}

func guarded(t *testing.T) *site {
	t.Helper()
	return newSite(t, settings{
		token: secret.New(adminToken),
		parts: []handlers.Part{{Name: "database", Ready: func(context.Context) error { return nil }}},
	})
}

// With a token nothing but the probes is open, and those say little.
func TestAdminAsksForToken(t *testing.T) {
	t.Parallel()
	const refusal, ready = `{"error":"not authenticated"}`, `{"ready":true}`
	const parts = `{"ready":true,"parts":[{"name":"database","ready":true}]}`
	w := guarded(t)
	for _, want := range []struct {
		method, path string
		stranger     int
		said         string // to a stranger
		operator     int
		told         string // to an operator; "" for anything
	}{
		{"GET", "/", 401, refusal, 200, ""},
		{"GET", "/metrics", 401, refusal, 200, ""},
		{"GET", "/metrics?token=" + adminToken, 401, refusal, 200, ""},
		{"POST", "/metrics", 401, refusal, 405, `{"error":"method not allowed"}`},
		{"GET", "/nowhere", 401, refusal, 404, `{"error":"not found"}`},
		{"GET", "/livez/", 401, refusal, 404, `{"error":"not found"}`},
		{"GET", "/livez", 200, `{"live":true}`, 200, `{"live":true}`},
		{"POST", "/livez", 405, `{"error":"method not allowed"}`, 405, `{"error":"method not allowed"}`},
		{"GET", "/readyz", 200, ready, 200, ready},
		{"GET", "/healthz", 200, ready, 200, ready},
		{"GET", "/readyz?verbose", 200, ready, 200, parts},
		{"GET", "/healthz?verbose", 200, ready, 200, parts},
	} {
		for _, credentials := range [][]string{nil, {"Bearer wrong"}} {
			answer, body := w.ask(t, want.method, want.path, credentials...)
			if answer.StatusCode != want.stranger || body != want.said {
				t.Errorf("%s %s %q: %d %s", want.method, want.path, credentials, answer.StatusCode, body)
			}
			challenge := ""
			if want.stranger == http.StatusUnauthorized {
				challenge = "Bearer"
			}
			if got := answer.Header.Get("WWW-Authenticate"); got != challenge {
				t.Errorf("%s %s: challenge %q, want %q", want.method, want.path, got, challenge)
			}
		}
		answer, body := w.ask(t, want.method, want.path, "Bearer "+adminToken)
		if answer.StatusCode != want.operator || want.told != "" && body != want.told {
			t.Errorf("%s %s for an operator: %d %s", want.method, want.path, answer.StatusCode, body)
		}
	}
	eventually(t, "the reason in the log", func() bool { return strings.Contains(w.journal.String(), `"reason":"token"`) })
	if log := w.journal.String(); strings.Contains(log, adminToken) {
		t.Errorf("the log holds the token:\n%s", log)
	}
}

func TestTokenForms(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	for name, form := range map[string]struct {
		credentials []string
		status      int
	}{
		"as it should be":  {[]string{"Bearer " + adminToken}, 200},
		"lower-case":       {[]string{"bearer " + adminToken}, 200},
		"two spaces":       {[]string{"Bearer  " + adminToken}, 200},
		"none":             {nil, 401},
		"empty":            {[]string{""}, 401},
		"only the scheme":  {[]string{"Bearer"}, 401},
		"an empty token":   {[]string{"Bearer "}, 401},
		"no scheme":        {[]string{adminToken}, 401},
		"another scheme":   {[]string{"Basic " + adminToken}, 401},
		"too short":        {[]string{"Bearer " + adminToken[:len(adminToken)-1]}, 401},
		"too long":         {[]string{"Bearer " + adminToken + "7"}, 401},
		"in capitals":      {[]string{"Bearer " + strings.ToUpper(adminToken)}, 401},
		"doubled":          {[]string{"Bearer " + adminToken, "Bearer " + adminToken}, 401},
		"a wrong one more": {[]string{"Bearer " + adminToken, "Bearer x"}, 401},
	} {
		if answer, _ := w.ask(t, http.MethodGet, "/metrics", form.credentials...); answer.StatusCode != form.status {
			t.Errorf("%s: status %d, want %d", name, answer.StatusCode, form.status)
		}
	}
}

// Deliveries prove themselves by their signature: the token is nothing to them.
func TestTokenIsForAdminOnly(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	if status, body := w.deliver(t, "good", "user"); status != http.StatusOK {
		t.Errorf("a delivery: %d %s", status, body)
	}
	if answer, body := get(t, w.public+"/readyz?verbose"); answer.StatusCode != http.StatusOK || body != `{"ready":true}` {
		t.Errorf("the public probe: %d %s", answer.StatusCode, body)
	}
}
