package handlers_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usersync/handlers/desk"
	"usersync/internal/secret"
)

// What an operator asks, and what the answer holds. Each is held against the document
// as well.
func TestAPIAnswers(t *testing.T) {
	t.Parallel()
	s := newAPISite(t, newFakeDesk())
	for _, c := range []struct {
		target string
		status int
		holds  string
	}{
		{"/status", 200, `"health":"silent"`},
		{"/status", 200, `"alarms":[{"kind":"provider_silent","provider":"acme","severity":"critical"`},
		{"/providers", 200, `"webhook_url":"https://x/webhooks/acme"`},
		{"/providers", 200, `"lag_mean_seconds":1.5,"lag_max_seconds":2`},
		{"/providers", 200, `"listed":false,"unlisted_why":"it has no list"`},
		{"/events", 200, `"event_id":"evt_c"`},
		{"/events?user=usr_b", 200, `"at":1777863721119999`},
		{"/events?user=nobody", 200, `{"items":[],"next":""}`},
		{"/events?kind=user.banned", 200, `"items":[]`},
		{"/events?outcome=applied&origin=live&kind=user.updated&provider=acme", 200, "evt_a"},
		{"/events?origin=spool", 200, `"items":[]`},
		{"/events?limit=2", 200, `"next":"evt_b"`},
		{"/events?limit=2&after=evt_b", 200, `"next":""`},
		{"/events?after=nowhere", 400, "after: this is no place that a page named"},
		{"/events?kind=banned", 400, "kind: want one of user.created"},
		{"/events?outcome=x", 400, "outcome: want one of dead_letter"},
		{"/events?origin=x", 400, "origin: want one of live"},
		{"/events?limit=0", 400, "limit: want a number from 1 to 500"},
		{"/events?limit=501", 400, "limit:"},
		{"/events?limit=99999999999999999999", 400, "limit:"},
		{"/events?usr=x", 400, `there is no name \"usr\", did you mean user?`},
		{"/events?user=a&user=b", 400, "user: is given more than once"},
		{"/events?a;b", 400, "the query cannot be read"},
		{"/events?user=%zz", 400, "the query cannot be read"},
		{"/events/one?provider=acme&user=usr_a&event=evt_a&at=1777863721120000", 200, `"stands":[{"field":"email","value":"a@example.com"`},
		{"/events/one?provider=acme&user=usr_a&event=evt_a&at=2026-05-04T03:02:01.12Z", 200, "usr_a"},
		{"/events/one?provider=acme&user=usr_a&event=evt_a", 404, "no such event is kept"},
		{"/events/one?provider=acme&user=usr_a", 400, "event: this parameter is needed"},
		{"/events/one?provider=acme&event=evt_a", 400, "user: a user id is 1 to 255 bytes"},
		{"/events/one?provider=acme&user=usr_a&event=evt_a&at=yesterday", 400, "at: want RFC 3339"},
		{"/dead-letters?limit=50", 200, `"next":"2"`}, // the desk's pages end early
		{"/dead-letters?after=2", 200, `"next":""`},
		{"/dead-letters?after=1", 200, `{"items":[],"next":""}`},
		{"/dead-letters?user=usr_a&reason=refused&provider=acme&since=2026-01-01T00:00:00Z", 200, `"id":1`},
		{"/dead-letters?since=24h", 400, "since: want RFC 3339"},
		{"/dead-letters?after=x", 400, "after: want a number"},
		{"/dead-letters/2", 200, `"payload":{"a":"\u202e"}`}, // a terminal does not obey it
		{"/dead-letters/9", 404, "there is no dead letter with this id"},
		{"/dead-letters/x", 400, "the id in the path: want a number"},
		{"/dead-letters/-1", 400, "the id in the path"},
		{"/dead-letters/1?full=1", 400, "this takes no parameters"},
		{"/users", 200, `"email":"a@example.com"`},
		{"/users?q=b%40example.com", 200, `"provider_user_id":"usr_b"`},
		{"/users?q=" + strings.Repeat("x", 256), 400, "q: want at most 255 bytes"},
		{"/users?after=bm93aGVyZQ", 400, "after: this is no place"},
		{"/users?after=!", 400, "after: this is no place"},
		{"/users/one?provider=acme&user=usr_a", 200, `"more_events":true`},
		{"/users/one?provider=acme&user=nobody", 404, "nothing is known of this user"},
		{"/users/one?user=usr_a", 400, "provider: this parameter is needed"},
		{"/runs", 200, `"id":3`},
		{"/runs?limit=1&provider=acme", 200, `"next":"3"`},
		{"/runs?after=2&limit=1", 200, `"id":1`},
		{"/runs/1", 200, `"state":"complete"`},
		{"/runs/9", 404, "there is no run with this id"},
		{"/runs/1?wait=1h", 400, "wait: want a duration"},
		{"/runs/0?wait=x", 400, "the id in the path"},
		{"/status?verbose", 400, "this takes no parameters"},
		{"/providers?x=1", 400, "this takes no parameters"},
		{"/openapi.json?x=1", 400, "this takes no parameters"},
		{"/nowhere", 404, "not found"},
		{"/status/", 404, "not found"},
		{"/dead-letters/retry/1", 404, "not found"},
	} {
		answer := s.get(c.target)
		if answer.Code != c.status || !strings.Contains(answer.Body.String(), c.holds) {
			t.Errorf("%s: %d %s, want %d and %s", c.target, answer.Code, answer.Body, c.status, c.holds)
		}
		if answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", c.target)
		}
	}
}

// Pages lead through all there is, once.
func TestAPIPagesAreWhole(t *testing.T) {
	t.Parallel()
	s := newAPISite(t, newFakeDesk())
	for path, size := range map[string]string{"/events": "1", "/dead-letters": "1", "/users": "1", "/runs": "2"} {
		var seen int
		for after, pages := "", 0; ; pages++ {
			var page struct {
				Items []json.RawMessage `json:"items"`
				Next  string            `json:"next"`
			}
			target := path + "?limit=" + size
			if after != "" {
				target += "&after=" + url.QueryEscape(after)
			}
			if answer := s.get(target); json.Unmarshal(answer.Body.Bytes(), &page) != nil || pages > 5 {
				t.Fatalf("%s: %d %s", target, answer.Code, answer.Body)
			}
			seen += len(page.Items)
			if after = page.Next; after == "" {
				break
			}
		}
		if seen != 3 {
			t.Errorf("%s: %d of 3", path, seen)
		}
	}
}

// A wrong method is told the right ones, and HEAD is a GET.
func TestAPIMethods(t *testing.T) {
	t.Parallel()
	s := newAPISite(t, newFakeDesk())
	for path, allow := range map[string]string{
		"/status": "GET, HEAD", "/runs": "GET, HEAD, POST", "/users/erase": "POST", "/dead-letters/retry": "POST", "/dead-letters/1": "GET, HEAD", "/users/one": "GET, HEAD",
	} {
		if answer := s.do(http.MethodDelete, path, ""); answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != allow {
			t.Errorf("%s: %d, allowed are %q", path, answer.Code, answer.Header().Get("Allow"))
		}
	}
	if answer := s.do(http.MethodHead, "/status", ""); answer.Code != http.StatusOK {
		t.Errorf("HEAD: %d", answer.Code)
	}
	if answer := s.get("/users/erase"); answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET of a POST: %d", answer.Code)
	}
	// What the app's API has at the same place stays.
	if answer := s.do(http.MethodPost, "/users/acme", `{"email":"new@example.com"}`); answer.Code != http.StatusCreated {
		t.Errorf("the app: %d %s", answer.Code, answer.Body)
	}
}

// Without the token nobody is let in, and without one in the configuration either, who
// is told how to set it.
func TestAPIAsksForTheToken(t *testing.T) {
	t.Parallel()
	f := newFakeDesk()
	s := newAPISite(t, f)
	_, _, open := newHandlers(settings{desk: f.desk()})
	for _, route := range [][2]string{
		{"GET", "/status"}, {"GET", "/providers"}, {"GET", "/openapi.json"}, {"GET", "/events"}, {"GET", "/events/one"}, {"GET", "/dead-letters"}, {"GET", "/dead-letters/1"}, {"POST", "/dead-letters/retry"},
		{"GET", "/users"}, {"GET", "/users/one"}, {"POST", "/users/erase"}, {"GET", "/runs"}, {"GET", "/runs/1"}, {"POST", "/runs"},
	} {
		for _, credential := range []string{"-", "Bearer wrong", "Basic " + adminToken} {
			if answer := s.do(route[0], route[1], "", "Authorization", credential); answer.Code != http.StatusUnauthorized {
				t.Errorf("%v with %q: %d", route, credential, answer.Code)
			}
		}
		answer := call(open, route[0], "/api/v1"+route[1], "", map[string]string{"Authorization": "Bearer x"})
		if err := s.contract.Check(route[0], "/api/v1"+route[1], answer.Code, answer.Header(), answer.Body.Bytes()); err != nil {
			t.Error(err)
		}
		if answer.Code != http.StatusForbidden || !strings.Contains(answer.Body.String(), "admin.token") {
			t.Errorf("%v without a token in the configuration: %d %s", route, answer.Code, answer.Body)
		}
	}
	if f.asked() != "" {
		t.Errorf("strangers reached %s", f.asked())
	}
}

// Who asks while too many do is asked to wait a moment.
func TestAPIWhileCrowded(t *testing.T) {
	t.Parallel()
	f := newFakeDesk()
	f.fault = desk.ErrCrowded
	s := newAPISite(t, f)
	for _, target := range []string{"/events", "/events/one?provider=acme&user=usr_a&event=evt_a&at=1", "/dead-letters", "/dead-letters/1", "/users", "/users/one?provider=acme&user=usr_a", "/runs", "/runs/1"} {
		if answer := s.get(target); answer.Code != 429 || answer.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: %d %s", target, answer.Code, answer.Body)
		}
	}
}

// While the database is away everything that needs it says so, and the status answers.
func TestAPIWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	f := newFakeDesk()
	f.fault, f.starts = errors.New("connection refused\x1b[2J"), errors.New("connection refused")
	s := newAPISite(t, f)
	for _, target := range []string{"/events", "/events/one?provider=acme&user=usr_a&event=evt_a&at=1", "/dead-letters", "/dead-letters/1", "/users", "/users/one?provider=acme&user=usr_a", "/runs", "/runs/1"} {
		answer := s.get(target)
		if body := answer.Body.String(); answer.Code != 503 || answer.Header().Get("Retry-After") == "" || !strings.Contains(body, "connection refused") || !strings.Contains(body, "/status") {
			t.Errorf("%s: %d %s", target, answer.Code, answer.Body)
		}
	}
	for target, body := range map[string]string{"/runs": `{"provider":"acme","kind":"plan"}`, "/users/erase": `{"provider":"acme","user_id":"u","confirm":"u"}`} {
		if answer := s.do(http.MethodPost, target, body); answer.Code != 503 {
			t.Errorf("%s: %d %s", target, answer.Code, answer.Body)
		}
	}
	answer := s.get("/status")
	if body := answer.Body.String(); answer.Code != 200 || !strings.Contains(body, `"away":true`) || !strings.Contains(body, `"trouble":["what waits`) {
		t.Errorf("%d %s", answer.Code, body)
	}
	if strings.Contains(s.journal.String(), "\x1b") {
		t.Error("a terminal would obey the log")
	}
}

// Neither the log nor the metrics tell who or what was asked for.
func TestAPILogsTemplatesOnly(t *testing.T) {
	t.Parallel()
	f := newFakeDesk()
	w := newSite(t, settings{token: secret.New(adminToken), desk: f.desk()})
	for _, target := range []string{"/users/one?provider=" + marker + "&user=" + marker, "/users?q=" + marker, "/events?event=" + marker, "/dead-letters/" + marker, "/runs/77777", "/events?" + marker + "=1"} {
		w.ask(t, http.MethodGet, "/api/v1"+target, "Bearer "+adminToken)
	}
	eventually(t, "the log lines", func() bool { return strings.Count(w.journal.String(), `"message":"request"`) >= 6 })
	_, metrics := w.ask(t, http.MethodGet, "/metrics", "Bearer "+adminToken)
	for what, text := range map[string]string{"log": w.journal.String(), "metrics": metrics} {
		if strings.Contains(text, marker) || strings.Contains(text, "77777") || strings.Contains(text, adminToken) {
			t.Errorf("the %s hold what was asked for:\n%s", what, text)
		}
	}
	if !strings.Contains(w.journal.String(), `"route":"/api/v1/dead-letters/:id"`) {
		t.Error("the log lacks the route")
	}
}
