package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// open makes a dashboard that everybody is let into.
func open() *Dashboard {
	return New(Options{Desk: &desk.Desk{}, Token: secret.New("x"), Admits: func(*http.Request) bool { return true }, Clock: time.Now})
}

// Each error of a page or an action is a page that says what to do.
func TestErrorPages(t *testing.T) {
	t.Parallel()
	d := open()
	for name, test := range map[string]struct {
		err    error
		status int
		reason string
		says   []string
	}{
		"bad input":      {badInput("the field from is <b>no</b> place"), 400, "malformed", []string{"the field from is &lt;b&gt;no&lt;/b&gt; place"}},
		"no place":       {fmt.Errorf("events: %w", usersync.ErrNoPlace), 400, "malformed", []string{"begin without one"}},
		"not there":      {missing("there is no run 12"), 404, "nothing_there", []string{"there is no run 12"}},
		"no provider":    {desk.ErrUnknownProvider, 404, "nothing_there", []string{"no provider of this name"}},
		"a run goes on":  {desk.ErrBusy, 409, "conflict", []string{"wait until it has ended"}},
		"crowded":        {fmt.Errorf("x: %w", desk.ErrCrowded), 429, "crowded", []string{"ask again in a moment"}},
		"away":           {errors.New("connect: connection refused"), 503, "storage", []string{"The database does not answer", "connection refused", "usersync check"}},
		"away too long":  {fmt.Errorf("x: %w", context.DeadlineExceeded), 503, "storage", []string{"it took too long"}},
		"another moment": {conflict("it is being retried"), 409, "conflict", []string{"it is being retried"}},
	} {
		p := place{
			path: "/x", nav: "/settings",
			get:  func(*http.Request) (sheet, error) { return sheet{}, test.err },
			post: func(*http.Request) (string, error) { return "", test.err },
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			answer := httptest.NewRecorder()
			note := d.serve(p)(answer, httptest.NewRequest(method, "/x", nil))
			if answer.Code != test.status || note.Reason != test.reason {
				t.Errorf("%s %s: %d %s", method, name, answer.Code, note.Reason)
			}
			if (answer.Header().Get("Retry-After") != "") != (test.status == http.StatusServiceUnavailable || test.status == http.StatusTooManyRequests) {
				t.Errorf("%s %s: Retry-After is %q", method, name, answer.Header().Get("Retry-After"))
			}
			for _, text := range append(test.says, `<nav`, `href="/settings" aria-current="page"`) {
				if !strings.Contains(answer.Body.String(), text) {
					t.Errorf("%s %s: the page lacks %s:\n%s", method, name, text, answer.Body)
				}
			}
		}
	}
}

// An action reads its form, and leads on to a page of ours.
func TestActions(t *testing.T) {
	t.Parallel()
	d := open()
	p := place{path: "/x", nav: "/", post: func(r *http.Request) (string, error) { return r.PostForm.Get("to"), nil }}
	send := func(body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer := httptest.NewRecorder()
		d.serve(p)(answer, r)
		return answer
	}
	for to, want := range map[string]string{"/letters?retried=3": "/letters?retried=3", "//evil.example": "/", "/a#b": "/a#b"} {
		if answer := send(url.Values{"to": {to}}.Encode()); answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q", to, answer.Code, answer.Header().Get("Location"))
		}
	}
	for name, body := range map[string]string{"too long": "to=" + strings.Repeat("a", maxForm), "no form": "to=%zz"} {
		if answer := send(body); answer.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
}

// Nobody who is not signed in has an action run or a page made, wherever they come from.
func TestNobodyElse(t *testing.T) {
	t.Parallel()
	d := New(Options{Desk: &desk.Desk{}, Token: secret.New("x"), Admits: func(*http.Request) bool { return false }, Clock: time.Now})
	p := place{
		path: "/x", nav: "/settings",
		get:  func(*http.Request) (sheet, error) { t.Error("a page was made"); return sheet{}, nil },
		post: func(*http.Request) (string, error) { t.Error("an action ran"); return "/", nil },
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		answer := httptest.NewRecorder()
		d.serve(p)(answer, httptest.NewRequest(method, "/x?y=z", nil))
		if answer.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", method, answer.Code)
		}
		want := `value="/x?y=z"`
		if method == http.MethodPost {
			want = `value="/settings"`
		}
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: the form does not lead to %s:\n%s", method, want, answer.Body)
		}
	}
}
