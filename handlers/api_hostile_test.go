package handlers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"usersync/internal/hostile"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// Ids that may hold anything, and those that no id may be.
var oddIDs = []string{
	"a/b", "a?b", "a&b=c", "100%", "a+b", "a b", "..%2f", "🦄👩‍👩‍👧‍👦", "\u202eevil", `"><script>`, `\`, "a#b", ";--", "a=b", "%00", strings.Repeat("x", 255),
	"a\nb", "a\x00b", "\x1b[2J", strings.Repeat("x", 10<<10), "\xff\xfe", "", ".", "..",
}

// An id comes through whatever it holds, or is refused by name: never 5xx.
func TestAPITakesOddIDs(t *testing.T) {
	t.Parallel()
	f := newFakeDesk()
	s := newAPISite(t, f)
	for _, id := range oddIDs {
		possible := utf8.ValidString(id) && !strings.ContainsAny(id, "\n\x00\x1b") && id != "" && strings.Trim(id, ".") != "" && len(id) <= 255
		f.events = []usersync.Claim{{ClaimKey: usersync.ClaimKey{EventID: id, UserKey: usersync.UserKey{Provider: "acme", UserID: id}}, Kind: usersync.KindUpdated, Outcome: usersync.OutcomeApplied}}
		escaped := url.QueryEscape(id)
		body, err := json.Marshal(map[string]string{"provider": "acme", "user_id": id, "confirm": id})
		if err != nil {
			t.Fatal(err)
		}
		for name, answer := range map[string]*httptest.ResponseRecorder{
			"user":  s.get("/users/one?provider=acme&user=" + escaped),
			"event": s.get("/events/one?provider=acme&user=" + escaped + "&event=" + escaped),
			"erase": s.do(http.MethodPost, "/users/erase", string(body)),
		} {
			want := http.StatusOK
			if !possible {
				want = http.StatusBadRequest
			}
			if name == "erase" && id == "\xff\xfe" { // the encoder has replaced what is no UTF-8
				want = http.StatusOK
			}
			var told struct {
				UserID string `json:"user_id"`
				Error  string `json:"error"`
			}
			if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil || answer.Code != want || possible && told.UserID != id || !possible && want == 400 && told.Error == "" {
				t.Errorf("%s %.30q: %d %.200s", name, id, answer.Code, answer.Body)
			}
		}
		for _, target := range []string{"/events?user=", "/events?event=", "/events?provider=", "/events?after=", "/users?q=", "/users?after=", "/users?provider=", "/dead-letters?reason=", "/dead-letters?user=", "/runs?provider=", "/runs/1?wait="} {
			if answer := s.get(target + escaped); answer.Code >= 500 {
				t.Errorf("%s %.30q: %d %s", target, id, answer.Code, answer.Body)
			}
		}
		for _, path := range []string{"/dead-letters/", "/runs/"} {
			if answer := s.get(path + url.PathEscape(id)); answer.Code != 400 && answer.Code != 404 {
				t.Errorf("%s %.30q: %d", path, id, answer.Code)
			}
		}
	}
}

// A time that no database can hold is refused by name.
func TestAPITakesStorableTimes(t *testing.T) {
	t.Parallel()
	s := newAPISite(t, newFakeDesk())
	for _, at := range []string{"-9223372036854775808", "9223372036854775807", "253402300800000000", "-62135596800000001", "0000-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01"} {
		for _, target := range []string{"/dead-letters?since=", "/events/one?provider=acme&user=u&event=e&at="} {
			if answer := s.get(target + at); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "in the years 1 to 9999") {
				t.Errorf("%s%s: %d %s", target, at, answer.Code, answer.Body)
			}
		}
		if at[4] != '-' {
			continue // a body takes no numbers
		}
		if answer := s.do(http.MethodPost, "/dead-letters/retry", `{"since":"`+at+`"}`); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "since: want RFC 3339") {
			t.Errorf("retry since %s: %d %s", at, answer.Code, answer.Body)
		}
	}
	for _, at := range []string{"-62135596800000000", "253402300799999999", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		if answer := s.get("/dead-letters?since=" + at); answer.Code != http.StatusOK {
			t.Errorf("since %s: %d %s", at, answer.Code, answer.Body)
		}
	}
}

// Whoever has the token and went mad, and whoever has none, meet no better a listener
// than those who deliver.
func TestHostileForOperators(t *testing.T) {
	t.Parallel()
	for who, credential := range map[string]string{"stranger": "X-Nobody: here", "operator": "Authorization: Bearer " + adminToken} {
		f := newFakeDesk()
		w := newSite(t, settings{token: secret.New(adminToken), desk: f.desk()})
		for _, c := range hostile.Requests(signAuthon) {
			if c.Slow {
				continue // the server's own limits, which are those of the other listener
			}
			for _, path := range []string{"/api/v1/runs", "/api/v1/users/erase", "/api/v1/status"} {
				moved := c.Elsewhere(path, credential)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				answers, err := moved.Send(ctx, w.admin)
				cancel()
				if err == nil {
					err = moved.Judge(answers, adminToken)
				}
				if err != nil {
					t.Errorf("%s, %s at %s: %v", who, c.Name, path, err)
				}
			}
		}
		if f.asked() != "" {
			t.Errorf("the %s had %q done", who, f.asked())
		}
		for _, word := range []string{hostile.Canary, adminToken, "panic", "\x1b"} {
			if strings.Contains(w.journal.String(), word) {
				t.Errorf("the log of the %s holds %q", who, word)
			}
		}
	}
}
