package dashboard_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usersync/handlers/desk"
)

// Who is not signed in gets a form that leads back, and nothing else.
func TestStrangersSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	const path = `/settings?user=%3Cscript%3E&q="><img>`
	answer, body := s.ask(t, http.MethodGet, strings.ReplaceAll(path, `"><img>`, "%22%3E%3Cimg%3E"), nil)
	if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%d %s", answer.StatusCode, answer.Header)
	}
	if !strings.Contains(body, `name="next" value="/settings?user=%3Cscript%3E&amp;q=%22%3E%3Cimg%3E"`) {
		t.Errorf("the form does not lead back: %s", body)
	}
	for _, private := range []string{"acme", "users.example.com", "v1.2.3", "Sign out"} {
		if strings.Contains(body, private) {
			t.Errorf("a stranger reads %s", private)
		}
	}
	s.log.Await(t, "a line", func(log string) bool {
		return strings.Contains(log, `"route":"/settings"`) && strings.Contains(log, `"reason":"session"`)
	})
	if log := s.log.String(); strings.Contains(log, "script") {
		t.Errorf("the log: %s", log)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	for name, test := range map[string]struct {
		token, next string
		status      int
		to          string
	}{
		"right":               {token, "/settings?a=b", 303, "/settings?a=b"},
		"with a line's end":   {" " + token + "\r\n", "", 303, "/"},
		"to another site":     {token, "//evil.example/", 303, "/"},
		"to a script":         {token, "javascript:alert(1)", 303, "/"},
		"wrong":               {token + "7", "/settings", 401, ""},
		"cut":                 {token[:5], "/settings", 401, ""},
		"empty":               {"", "/settings", 401, ""},
		"hostile":             {hostile[1], hostile[1], 401, ""},
		"in other characters": {strings.ToUpper(token), "/settings", 401, ""},
	} {
		answer, body := s.ask(t, http.MethodPost, "/sign-in", url.Values{"token": {test.token}, "next": {test.next}})
		if answer.StatusCode != test.status || answer.Header.Get("Location") != test.to {
			t.Errorf("%s: %d to %q", name, answer.StatusCode, answer.Header.Get("Location"))
		}
		if signedIn := len(answer.Cookies()) == 1; signedIn != (test.status == http.StatusSeeOther) {
			t.Errorf("%s: the cookies are %v", name, answer.Cookies())
		}
		if strings.Contains(body, "<img src=x") || strings.Contains(html.UnescapeString(body), test.token) && test.token == token {
			t.Errorf("%s: the page repeats what was sent: %s", name, body)
		}
	}
	s.log.Await(t, "a line", func(log string) bool { return strings.Contains(log, `"reason":"token"`) })
	if log := s.log.String(); strings.Contains(log, token) {
		t.Errorf("the log: %s", log)
	}
}

// Wrong tokens are slowed down, and cannot keep the right one out.
func TestTooManyAttempts(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	last := http.StatusUnauthorized
	for i := range 30 {
		answer, _ := s.ask(t, http.MethodPost, "/sign-in", url.Values{"token": {"wrong"}})
		if i < 10 && answer.StatusCode != http.StatusUnauthorized {
			t.Fatalf("attempt %d: %d", i, answer.StatusCode)
		}
		last = answer.StatusCode
		if last == http.StatusTooManyRequests {
			if answer.Header.Get("Retry-After") != "5" {
				t.Errorf("Retry-After is %q", answer.Header.Get("Retry-After"))
			}
			break
		}
	}
	if last != http.StatusTooManyRequests {
		t.Error("30 wrong tokens were not too many")
	}
	s.signIn(t)
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	answer, _ := s.ask(t, http.MethodPost, "/sign-out", url.Values{}, "Cookie", s.signIn(t))
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/sign-in" {
		t.Errorf("%d to %q", answer.StatusCode, answer.Header.Get("Location"))
	}
	if c := answer.Cookies(); len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" {
		t.Errorf("the cookies are %v", c)
	}
}

// Another site can neither sign anybody in or out, nor have anything done.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	session := s.signIn(t)
	for _, path := range []string{"/sign-in", "/sign-out"} {
		for name, header := range map[string][]string{
			"cross-site":       {"Sec-Fetch-Site", "cross-site"},
			"same site, other": {"Sec-Fetch-Site", "same-site"},
			"another origin":   {"Origin", "https://evil.example"},
			"no origin":        {"Origin", "null"},
			"another port":     {"Origin", "http://127.0.0.1:1"},
		} {
			answer, _ := s.ask(t, http.MethodPost, path, url.Values{"token": {token}}, append(header, "Cookie", session)...)
			if answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) > 0 {
				t.Errorf("%s from %s: %d %v", path, name, answer.StatusCode, answer.Cookies())
			}
		}
	}
	answer, _ := s.ask(t, http.MethodPost, "/sign-in", url.Values{"token": {token}}, "Origin", s.url)
	if answer.StatusCode != http.StatusSeeOther {
		t.Errorf("our own form without Sec-Fetch-Site: %d", answer.StatusCode)
	}
}

// A browser that comes from another site is sent round once, by nothing that tells the
// other site who is signed in.
func TestArrival(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	from := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	answer, body := s.ask(t, http.MethodGet, "/settings", nil, from...)
	if answer.StatusCode != http.StatusOK || !strings.Contains(body, `<meta http-equiv="refresh" content="0">`) || len(answer.Cookies()) != 1 {
		t.Fatalf("the first time: %d %v %s", answer.StatusCode, answer.Cookies(), body)
	}
	round := answer.Cookies()[0]
	answer, body = s.ask(t, http.MethodGet, "/settings", nil, append(from, "Cookie", round.Name+"="+round.Value)...)
	if answer.StatusCode != http.StatusUnauthorized || !strings.Contains(body, `name="token"`) {
		t.Errorf("the second time: %d %s", answer.StatusCode, body)
	}
	if round.SameSite != http.SameSiteLaxMode || round.MaxAge > 60 {
		t.Errorf("the cookie is %v", round)
	}
}

// Without a token nothing is shown but how to set one.
func TestWithoutToken(t *testing.T) {
	t.Parallel()
	over := newDesk()
	over.Overview = func(context.Context) desk.Overview { t.Error("the desk was asked"); return desk.Overview{} }
	s := newSite(t, over, "")
	for _, ask := range []struct{ method, path string }{{"GET", "/"}, {"GET", "/settings"}, {"GET", "/sign-in"}, {"POST", "/sign-in"}} {
		answer, body := s.ask(t, ask.method, ask.path, url.Values{"token": {""}}, "Authorization", "Bearer ")
		if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "admin.token") || len(answer.Cookies()) > 0 {
			t.Errorf("%s %s: %d %s", ask.method, ask.path, answer.StatusCode, body)
		}
	}
}

// What is no page stays as it was: JSON for programs.
func TestOtherRoutes(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	session := s.signIn(t)
	for _, want := range []struct {
		method, path string
		status       int
		kind         string
	}{
		{"GET", "/metrics", 401, "application/json"},
		{"GET", "/nowhere", 401, "application/json"},
		{"GET", "/livez", 200, "application/json"},
		{"PUT", "/settings", 405, "application/json"},
		{"POST", "/settings", 405, "application/json"},
		{"GET", "/sign-out", 405, "application/json"},
		{"HEAD", "/settings", 200, "text/html; charset=utf-8"},
	} {
		answer, _ := s.ask(t, want.method, want.path, nil, "Cookie", session)
		if answer.StatusCode != want.status || answer.Header.Get("Content-Type") != want.kind {
			t.Errorf("%s %s: %d %s", want.method, want.path, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
	}
}
