package dashboard_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Every answer tells the browser to load nothing from elsewhere, to run nothing inline,
// and to keep nothing.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	session := s.signIn(t)
	for _, path := range []string{"/", "/settings", "/sign-in"} {
		for _, cookie := range []string{session, ""} {
			answer, _ := s.ask(t, http.MethodGet, path, nil, "Cookie", cookie)
			for name, want := range map[string]string{
				"Cache-Control":                "no-store",
				"X-Content-Type-Options":       "nosniff",
				"X-Frame-Options":              "DENY",
				"Referrer-Policy":              "same-origin",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Content-Type":                 "text/html; charset=utf-8",
			} {
				if got := answer.Header.Get(name); got != want {
					t.Errorf("%s: %s is %q, want %q", path, name, got, want)
				}
			}
			policy := answer.Header.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
				if !strings.Contains(policy, part) {
					t.Errorf("%s: the policy %q lacks %s", path, policy, part)
				}
			}
			if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
				t.Errorf("%s: the policy is %q", path, policy)
			}
		}
	}
}

// Assets are open, may be kept for ever, and are there under their content's name only.
func TestAssets(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	_, page := s.ask(t, http.MethodGet, "/sign-in", nil)
	found := regexp.MustCompile(`/assets/[^"]+`).FindAllString(page, -1)
	if len(found) != 3 {
		t.Fatalf("the page loads %q", found)
	}
	for _, path := range found {
		answer, body := s.ask(t, http.MethodGet, path, nil)
		if answer.StatusCode != http.StatusOK || body == "" || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") ||
			strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %d %v", path, answer.StatusCode, answer.Header)
		}
	}
	for _, path := range []string{"/assets/", "/assets/style.css", "/assets/style.000000000000.css", "/assets/..%2Fassets.go", "/assets/%2e%2e/go.mod"} {
		answer, _ := s.ask(t, http.MethodGet, path, nil)
		if answer.StatusCode == http.StatusOK || strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", path, answer.StatusCode, answer.Header)
		}
	}
}

// What a stranger chose stands on the page as a text.
func TestNothingIsMarkup(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	session := s.signIn(t)
	for _, path := range []string{"/", "/settings"} {
		_, body := s.ask(t, http.MethodGet, path, nil, "Cookie", session)
		if strings.Contains(body, "<script>") || strings.Contains(body, "<img") {
			t.Errorf("%s has markup of a stranger", path)
		}
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s does not show the text", path)
		}
	}
}
