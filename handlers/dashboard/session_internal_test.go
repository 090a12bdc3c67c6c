package dashboard

import (
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"usersync/internal/secret"
)

// A session is valid for its time, for one token, and as it was given out.
func TestSessions(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	ours, others := newSessions(secret.New("the token")), newSessions(secret.New("the tokem"))
	plain := httptest.NewRequest(http.MethodGet, "/", nil)
	given := ours.begin(plain, now)
	if !given.HttpOnly || given.SameSite != http.SameSiteStrictMode || given.Path != "/" || given.MaxAge != 12*60*60 {
		t.Errorf("the cookie is %s", given)
	}
	bits, err := base64.RawURLEncoding.DecodeString(given.Value)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(s sessions, at time.Time, values ...string) bool {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, value := range values {
			r.AddCookie(&http.Cookie{Name: sessionCookie, Value: value})
		}
		return s.valid(r, at)
	}
	for name, test := range map[string]struct {
		of     sessions
		at     time.Time
		values []string
		want   bool
	}{
		"at once":                   {ours, now, []string{given.Value}, true},
		"another replica":           {newSessions(secret.New("the token")), now, []string{given.Value}, true},
		"just before its end":       {ours, now.Add(sessionLength - time.Second), []string{given.Value}, true},
		"at its end":                {ours, now.Add(sessionLength), []string{given.Value}, false},
		"long after":                {ours, now.Add(1000 * time.Hour), []string{given.Value}, false},
		"from too far ahead":        {ours, now.Add(-time.Minute), []string{given.Value}, false},
		"the token is another":      {others, now, []string{given.Value}, false},
		"none":                      {ours, now, nil, false},
		"empty":                     {ours, now, []string{""}, false},
		"behind a stranger's":       {ours, now, []string{"AAAA", others.begin(plain, now).Value, given.Value}, true},
		"before a stranger's":       {ours, now, []string{given.Value, ""}, true},
		"only strangers'":           {ours, now, []string{others.begin(plain, now).Value, "AAAA"}, false},
		"cut":                       {ours, now, []string{given.Value[:len(given.Value)-4]}, false},
		"longer":                    {ours, now, []string{given.Value + "AAAA"}, false},
		"padded":                    {ours, now, []string{given.Value + "="}, false},
		"only the end":              {ours, now, []string{base64.RawURLEncoding.EncodeToString(bits[:endBytes])}, false},
		"the end and another proof": {ours, now, []string{base64.RawURLEncoding.EncodeToString(others.proof(bits[:endBytes]))}, false},
	} {
		if got := valid(test.of, test.at, test.values...); got != test.want {
			t.Errorf("%s: valid is %v", name, got)
		}
	}
	for i := range len(bits) * 8 { // each bit of the end and of the proof matters
		forged := append([]byte(nil), bits...)
		forged[i/8] ^= 1 << (i % 8)
		if valid(ours, now, base64.RawURLEncoding.EncodeToString(forged)) {
			t.Errorf("valid with bit %d flipped", i)
		}
	}
}

// The cookie is for encrypted connections only as soon as the browser has one.
func TestSecureCookie(t *testing.T) {
	t.Parallel()
	s := newSessions(secret.New("the token"))
	for name, test := range map[string]struct {
		header string
		tls    *tls.ConnectionState
		want   bool
	}{
		"plain":                {"", nil, false},
		"a proxy without":      {"http", nil, false},
		"a proxy":              {"https", nil, true},
		"in capitals":          {"HTTPS", nil, true},
		"proxies in a row":     {"https, http", nil, true},
		"proxies, all without": {"http, https", nil, false},
		"itself":               {"", &tls.ConnectionState{}, true},
		"itself, and a liar":   {"http", &tls.ConnectionState{}, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.TLS = test.tls
		r.Header.Set("X-Forwarded-Proto", test.header)
		if got := s.begin(r, time.Now()).Secure; got != test.want {
			t.Errorf("%s: Secure is %v", name, got)
		}
	}
}
