package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	usersync "usersync/sync"
)

// clean fails if an error quotes what was sent or a text holds what no database keeps.
func clean(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err != nil {
		if text := err.Error(); !utf8.ValidString(text) || len(text) > 600 || strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 }) {
			t.Errorf("the error quotes what was sent: %q", text)
		}
		return
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || len(text) > maxPlace || strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 }) {
			t.Errorf("%q", text)
		}
	}
}

// Whatever the query is, reading it ends without a panic, and what comes through can
// stand in a statement.
func FuzzAPIQuery(f *testing.F) {
	for _, seed := range []string{
		"", "provider=acme&user=u&limit=3", "limit=-1", "at=2026-05-04T03:02:01Z&since=5", "at=99999999999999999999", "user=%00", "user=a&user=b", "a;b", "%zz",
		"kind=user.banned&outcome=applied&origin=spool", "after=YWNtZQp1c3JfMQ", "after=%ff", "wait=10s", "wait=-1ns", "q=" + strings.Repeat("x", 300), "=", "&&", "user=%F0%9F%A6%84",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q := readQuery(&http.Request{URL: &url.URL{RawQuery: raw}}, "provider", "user", "q", "kind", "outcome", "origin", "after", "limit", "since", "wait")
		key, text, kind, outcome, origin := q.user(), q.text("q", maxWord), q.kind(), q.outcome(), q.origin()
		after, limit, _, wait := q.text("after", maxPlace), q.page(), q.instant("since"), q.wait()
		place, fault := parsePlace(after)
		if fault == nil && after != "" && placeOf(place) != after {
			t.Errorf("the place %q is not that of %+v", after, place)
		}
		if q.err == nil && (limit < 1 || limit > longestPage || wait < 0 || wait > longestWait || kind > usersync.KindUnbanned || outcome > usersync.OutcomeSpooled || origin != nil && origin.String() == "") {
			t.Errorf("%q: limit %d, wait %v, kind %d, outcome %d, origin %v", raw, limit, wait, kind, outcome, origin)
		}
		clean(t, q.err, key.Provider, key.UserID, text, after, place.Provider, place.UserID)
	})
}

// Likewise the bodies.
func FuzzAPIBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `{"ids":[1,2]}`, `{"ids":null}`, `{"all":true,"since":"2026-05-04T03:02:01Z"}`, `{"since":"0000-01-01T00:00:00Z"}`, `{"provider":"a","user_id":"u","confirm":"u"}`,
		`{"provider":"a","kind":"plan"}`, `{"provider":"\ud800"}`, `{"user_id":"\u0000"}`, `{"a":1}`, `{"ids":[1e99]}`, `{"kind":"plan","kind":"plan"}`, "{\"provider\":\"\xff\"}", `[]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		scope, _, err := parseRetry(body)
		clean(t, err, scope.Provider, scope.Reason, scope.UserID)
		if err == nil && len(scope.IDs) > maxRetried {
			t.Errorf("%d ids", len(scope.IDs))
		}
		key, confirmed, err := parseErase(body)
		clean(t, err, key.Provider, key.UserID)
		if err == nil && confirmed && key.UserID == "" {
			t.Error("nobody is to be erased")
		}
		provider, kind, err := parseStart(body)
		clean(t, err, provider, kind)
	})
}
