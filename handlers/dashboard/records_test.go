package dashboard_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"usersync/handlers/desk"
	usersync "usersync/sync"
)

// query is a path with a query: names and values in turn.
func query(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return path + "?" + values.Encode()
}

// read opens a page as an operator.
func (s *site) read(t *testing.T, path string) (status int, body string) {
	t.Helper()
	answer, body := s.ask(t, http.MethodGet, path, nil, "Authorization", "Bearer "+token)
	return answer.StatusCode, body
}

// send sends a form as an operator.
func (s *site) send(t *testing.T, path string, form url.Values) (*http.Response, string) {
	t.Helper()
	return s.ask(t, http.MethodPost, path, form, "Authorization", "Bearer "+token)
}

// page is a page that was read, as a browser understands it.
type page struct {
	text    string
	nodes   []*html.Node
	hrefs   []string
	actions []string
}

// understood parses a page and finds whatever could do more than be read.
func understood(t *testing.T, body string) page {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var p page
	var text strings.Builder
	for n := range doc.Descendants() {
		switch n.Type {
		case html.TextNode:
			text.WriteString(n.Data)
		case html.ElementNode:
			p.nodes = append(p.nodes, n)
			if n.Data == "img" || n.Data == "iframe" || n.Data == "b" || n.Data == "style" || n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(attribute(n, "src"), "/assets/")) {
				t.Errorf("there is a %s: %v", n.Data, n.Attr)
			}
			for _, a := range n.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on") || a.Key == "style":
					t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
				case a.Key == "href" || a.Key == "src" || a.Key == "action":
					if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//") {
						t.Errorf("%s leads to %q", n.Data, a.Val)
					}
				}
				if a.Key == "href" {
					p.hrefs = append(p.hrefs, a.Val)
				}
				if a.Key == "action" {
					p.actions = append(p.actions, a.Val)
				}
			}
		}
	}
	p.text = text.String()
	return p
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// mostOfAPage is how many bytes a page may have, whatever it shows.
const mostOfAPage = 512 << 10

// Every page of every odd id is there, leads to where it should, and is nothing but text.
func TestRecordsOfOddIDs(t *testing.T) {
	t.Parallel()
	r := newRecords()
	s := newSite(t, r.over(), token)
	var lead []string
	for _, path := range []string{"/events", "/events?from=place+50", "/users", "/letters", "/runs"} {
		status, body := s.read(t, path)
		if status != http.StatusOK || len(body) > mostOfAPage {
			t.Fatalf("%s: %d, %d bytes", path, status, len(body))
		}
		for _, href := range understood(t, body).hrefs {
			if strings.HasPrefix(href, "/events/one") || strings.HasPrefix(href, "/users/one") && strings.HasPrefix(path, "/letters") {
				lead = append(lead, href)
			}
		}
	}
	for _, path := range lead {
		if status, body := s.read(t, path); status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, status, body)
		}
	}
	if most := 3*len(oddIDs) + len(oddIDs); len(lead) != most {
		t.Errorf("%d links to events and users, want %d", len(lead), most)
	}
	for _, id := range oddIDs {
		key := usersync.UserKey{Provider: "acme", UserID: id}
		for _, path := range []string{
			query("/users/one", "provider", "acme", "user", id), query("/users/erase", "provider", "acme", "user", id),
			query("/events/one", "provider", "acme", "user", id, "event", id, "at", "0"),
			query("/events", "user", id, "event", id), query("/users", "q", id), query("/letters", "user", id),
		} {
			status, body := s.read(t, path)
			if status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, status, body)
			}
			p := understood(t, body)
			if strings.HasPrefix(path, "/users/") && !strings.Contains(p.text, key.ID().String()) {
				t.Errorf("%s does not say which row", path)
			}
		}
		if last := r.keys[len(r.keys)-1]; last.EventID != id || last.UserID != id || last.OccurredAt != 0 {
			t.Errorf("the event %q was asked for as %+v", id, last)
		}
		if last := r.scopes[len(r.scopes)-1]; last.EventID != id || last.UserID != id {
			t.Errorf("events of %q were asked for as %+v", id, last)
		}
		if last := r.searches[len(r.searches)-1]; last.Text != strings.TrimSpace(id) {
			t.Errorf("%q was looked for as %q", id, last.Text)
		}
		if last := r.letterOf[len(r.letterOf)-1]; last.UserID != id {
			t.Errorf("letters of %q were asked for as %+v", id, last)
		}
	}
	for _, id := range []string{"1000", "990"} {
		if status, body := s.read(t, "/letters/"+id); status != http.StatusOK || !strings.Contains(understood(t, body).text, `"<script>"`) {
			t.Errorf("letter %s: %d", id, status)
		}
	}
	if log := s.log.String(); strings.Contains(log, "usr_1") || strings.Contains(log, "acme") {
		t.Errorf("the log tells of users:\n%.600s", log)
	}
}

func TestEventsAreFiltered(t *testing.T) {
	t.Parallel()
	r := newRecords()
	s := newSite(t, r.over(), token)
	filter := []string{"provider", "acme", "kind", "user.banned", "outcome", "stale", "origin", "live", "user", "a&b=c", "event", "e #1"}
	status, body := s.read(t, query("/events", filter...))
	live := usersync.OriginLive
	want := usersync.EventScope{Provider: "acme", Kind: usersync.KindBanned, Outcome: usersync.OutcomeStale, Origin: &live, UserID: "a&b=c", EventID: "e #1"}
	got := r.scopes[0]
	if status != http.StatusOK || got.Origin == nil || *got.Origin != live {
		t.Fatalf("%d, %+v", status, got)
	}
	if got.Origin = want.Origin; got != want {
		t.Errorf("asked for %+v", got)
	}
	p := understood(t, body)
	for i := 0; i < len(filter); i += 2 {
		if shown := fieldOf(p, filter[i]); shown != filter[i+1] {
			t.Errorf("the field %s shows %q", filter[i], shown)
		}
	}
	next := query("/events", append(filter, "from", "place 50")...)
	if !slices.Contains(p.hrefs, next) {
		t.Errorf("no link to %s in %q", next, p.hrefs)
	}
	if status, body := s.read(t, next); status != http.StatusOK || strings.Contains(body, "data-live>") || r.scopes[1].UserID != "a&b=c" {
		t.Errorf("the second page: %d, or it changes by itself", status)
	}
	r.thin = true
	_, body = s.read(t, "/events")
	if p := understood(t, body); !strings.Contains(p.text, "go on") || !slices.Contains(p.hrefs, "/events?from=place+1") {
		t.Errorf("a thin page leads to %q and says %s", p.hrefs, p.text)
	}
	if _, body := s.read(t, "/events"); r.scopes[len(r.scopes)-1] != (usersync.EventScope{}) || !strings.Contains(body, "data-live") {
		t.Errorf("without a filter: %+v", r.scopes)
	}
}

// fieldOf is what a field of the page's form holds.
func fieldOf(p page, name string) string {
	for _, n := range p.nodes {
		if attribute(n, "name") != name {
			continue
		}
		if n.Data == "input" {
			return attribute(n, "value")
		}
		for option := range n.Descendants() {
			if option.Data == "option" && slices.ContainsFunc(option.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
				return attribute(option, "value")
			}
		}
	}
	return "(no field)"
}

func TestUsersArePaged(t *testing.T) {
	t.Parallel()
	r := newRecords()
	s := newSite(t, r.over(), token)
	seen := map[string]bool{}
	path := query("/users", "q", "x", "provider", "acme")
	for range 3 {
		_, body := s.read(t, path)
		p := understood(t, body)
		path = ""
		for _, href := range p.hrefs {
			if strings.HasPrefix(href, "/users/one") {
				seen[href] = true
			}
			if strings.Contains(href, "after=") {
				path = href
			}
		}
	}
	if len(seen) != 120 || path != "" {
		t.Errorf("%d users on three pages, and then %q", len(seen), path)
	}
	if last := r.searches[2]; last.Text != "x" || last.Provider != "acme" || last.After.Provider != "acme" || last.After.UserID != "usr/099" {
		t.Errorf("%+v", last)
	}
}

func TestEventTellsWhatItDid(t *testing.T) {
	t.Parallel()
	s := newSite(t, newRecords().over(), token)
	_, body := s.read(t, query("/events/one", "provider", "acme", "user", "usr_1", "event", "created usr_1", "at", fmt.Sprint(int64(micros(2*time.Hour)))))
	p := understood(t, body)
	for _, want := range []string{"stands", "newer elsewhere", "updated usr_1", "Neither this event nor anything else tells of", "new+usr_1"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("no %q in %s", want, p.text)
		}
	}
	_, body = s.read(t, query("/events/one", "provider", "acme", "user", "usr_1", "event", "updated usr_1", "at", fmt.Sprint(int64(micros(time.Hour)))))
	if p := understood(t, body); !strings.Contains(p.text, "1 column is as this event set it") || !strings.Contains(p.text, "said nothing") {
		t.Errorf("%s", p.text)
	}
}

func TestUserIsExplained(t *testing.T) {
	t.Parallel()
	s := newSite(t, newRecords().over(), token)
	_, body := s.read(t, query("/users/one", "provider", "acme", "user", "usr_1"))
	p := understood(t, body)
	for _, want := range []string{
		"new+usr_1", "name of usr_1", "true was said of an address from before", `"plan": "<pro>"`, "because of usr_1", "suspended", "deleted_at",
		"waits to be fetched", "no answer: usr_1", "email: usr_1", "All events of this user", "Nobody has said anything of username",
	} {
		if !strings.Contains(p.text, want) {
			t.Errorf("no %q in %s", want, p.text)
		}
	}
	for _, want := range []string{"/letters/1000", query("/users/erase", "provider", "acme", "user", "usr_1"), query("/events", "provider", "acme", "user", "usr_1")} {
		if !slices.Contains(p.hrefs, want) {
			t.Errorf("no link to %s", want)
		}
	}
}

// Bad input is a 400, and nothing was done; what is not there is a 404.
func TestRecordsRefuse(t *testing.T) {
	t.Parallel()
	r := newRecords()
	s := newSite(t, r.over(), token)
	for path, want := range map[string]int{
		"/events?kind=user.nothing": 400, "/events?outcome=duplicate": 400, "/events?origin=list": 400, "/events?from=elsewhere": 400,
		"/events?user=a&user=b": 400, "/events?user=%zz": 400, "/events?user=%00": 400, "/events?user=%ff": 400, "/events?user=" + strings.Repeat("x", 2000): 400,
		"/events/one": 400, "/events/one?provider=acme&user=usr_1": 400, "/events/one?provider=acme&user=usr_1&event=e&at=soon": 400, "/events/one?provider=acme&user=usr_1&event=e&at=9223372036854775807": 400,
		"/events/one?provider=acme&user=usr_1&event=none": 404,
		"/users?after=nobody":                             400, "/users?after=/x": 400, "/users/one": 400, "/users/one?provider=acme": 400, "/users/one?provider=acme&user=nobody": 404,
		"/users/erase": 400, "/users/erase?provider=acme&user=nobody": 404, "/users/erased": 400, "/users/erased?result=none": 404,
		"/letters?below=x": 400, "/letters?below=-1": 400, "/letters/7": 404, "/letters/x": 404, "/letters/99999999999999999999": 404, "/letters/retried": 400, "/letters/retried?result=none": 404,
		"/runs?below=x": 400, "/runs/1000": 404, "/runs/x": 404, "/runs/-1": 404,
	} {
		status, body := s.read(t, path)
		if status != want || len(understood(t, body).text) < 40 {
			t.Errorf("%.80s: %d, want %d: %s", path, status, want, body)
		}
	}
	for _, c := range []struct {
		path string
		form url.Values
		want int
	}{
		{"/users/erase", nil, 400},
		{"/users/erase", url.Values{"provider": {"acme"}, "user": {"usr_1"}}, 400},
		{"/users/erase", url.Values{"provider": {"acme"}, "user": {"usr_1"}, "confirm": {"usr_2"}}, 400},
		{"/users/erase", url.Values{"provider": {"acme"}, "user": {"usr_1", "usr_2"}, "confirm": {"usr_1"}}, 400},
		{"/letters/retry", nil, 400},
		{"/letters/retry", url.Values{"which": {"all"}}, 400},
		{"/letters/retry", url.Values{"which": {"selected"}}, 400},
		{"/letters/retry", url.Values{"which": {"selected"}, "id": {"1000", "x"}}, 400},
		{"/letters/retry", url.Values{"which": {"selected"}, "id": slices.Repeat([]string{"1"}, 51)}, 400},
		{"/letters/retry", url.Values{"which": {"filter"}, "user": {"\x00"}}, 400},
		{"/runs", nil, 400},
		{"/runs", url.Values{"provider": {"acme"}}, 400},
		{"/runs", url.Values{"provider": {"acme"}, "kind": {"prune"}}, 400},
		{"/runs", url.Values{"kind": {"plan"}}, 400},
	} {
		if answer, body := s.send(t, c.path, c.form); answer.StatusCode != c.want {
			t.Errorf("%s %v: %d %s", c.path, c.form, answer.StatusCode, body)
		}
	}
	if answer, _ := s.ask(t, http.MethodGet, "/letters/retry?which=filter", nil, "Authorization", "Bearer "+token); answer.StatusCode != http.StatusMethodNotAllowed && answer.StatusCode != http.StatusNotFound {
		t.Errorf("a GET of what acts: %d", answer.StatusCode)
	}
	for _, path := range []string{"/users/erase?provider=acme&user=usr_1&confirm=usr_1", "/runs?provider=acme&kind=plan"} {
		if status, _ := s.read(t, path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, path := range []string{"/events", "/events/one", "/users", "/users/one", "/letters", "/letters/1000", "/runs/60"} {
		if answer, _ := s.send(t, path, url.Values{"provider": {"acme"}}); answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("a POST to %s: %d", path, answer.StatusCode)
		}
	}
	if len(r.erased)+len(r.retries)+len(r.started) > 0 {
		t.Errorf("something was done: %v %v %v", r.erased, r.retries, r.started)
	}
}

func TestRecordsWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	r := newRecords()
	r.away = errors.New("connection refused")
	s := newSite(t, r.over(), token)
	for _, path := range []string{"/events", "/events/one?provider=a&user=u&event=e", "/users", "/users/one?provider=a&user=u", "/users/erase?provider=a&user=u", "/letters", "/letters/1", "/runs", "/runs/1"} {
		answer, body := s.ask(t, http.MethodGet, path, nil, "Authorization", "Bearer "+token)
		if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" || !strings.Contains(body, "The database does not answer") {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
	for path, form := range map[string]url.Values{
		"/letters/retry": {"which": {"filter"}},
		"/users/erase":   {"provider": {"acme"}, "user": {"usr_1"}, "confirm": {"usr_1"}},
	} {
		if answer, body := s.send(t, path, form); answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
}

func TestUserIsErased(t *testing.T) {
	t.Parallel()
	r := newRecords()
	s := newSite(t, r.over(), token)
	for _, id := range oddIDs {
		key := usersync.UserKey{Provider: "acme", UserID: id}
		_, body := s.read(t, query("/users/erase", "provider", "acme", "user", id))
		p := understood(t, body)
		form := url.Values{"provider": {fieldOf(p, "provider")}, "user": {fieldOf(p, "user")}, "confirm": {key.ID().String()}}
		if !strings.ContainsAny(id, "\n\t") { // which nobody types
			form.Set("confirm", id)
		}
		answer, body := s.send(t, "/users/erase", form)
		if answer.StatusCode != http.StatusSeeOther || r.erased[len(r.erased)-1] != key {
			t.Fatalf("%q: %d %s, erased: %q", id, answer.StatusCode, body, r.erased)
		}
		status, body := s.read(t, answer.Header.Get("Location"))
		if p := understood(t, body); status != http.StatusOK || !strings.Contains(p.text, "3 removed") || !strings.Contains(p.text, "orders_user_fk") || strings.Contains(answer.Header.Get("Location"), "usr_1") {
			t.Errorf("%d %s", status, p.text)
		}
	}
	if status, _ := s.read(t, query("/users/erased", "result", "x")); status != http.StatusNotFound {
		t.Errorf("a result of nobody's: %d", status)
	}
}

func TestLettersAreRetried(t *testing.T) {
	t.Parallel()
	r := newRecords()
	s := newSite(t, r.over(), token)
	retried := func(form url.Values) page {
		t.Helper()
		answer, body := s.send(t, "/letters/retry", form)
		if answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d %s", answer.StatusCode, body)
		}
		status, body := s.read(t, answer.Header.Get("Location"))
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		return understood(t, body)
	}
	p := retried(url.Values{"which": {"selected"}, "id": {"1000", "999", "998", "77"}, "user": {"not meant"}})
	if got := r.retries[0]; !slices.Equal(got.IDs, []int64{1000, 999, 998, 77}) || got.UserID != "" {
		t.Errorf("retried %+v", got)
	}
	for _, want := range []string{"Retried 3 dead letters", "1 gone: in parts", "1 gone: applied", "1 stays; below is why", "not there any more: 77", "still so: email: a/b"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("no %q in %s", want, p.text)
		}
	}
	if !slices.Contains(p.hrefs, "/letters/999") || slices.Contains(p.hrefs, "/letters/998") {
		t.Errorf("links: %q", p.hrefs)
	}
	p = retried(url.Values{"which": {"filter"}, "provider": {"acme"}, "reason": {"bad_field"}, "user": {"a?b=c"}, "id": {"1000"}})
	if got := r.retries[1]; len(got.IDs) != 0 || got.Provider != "acme" || got.Reason != "bad_field" || got.UserID != "a?b=c" {
		t.Errorf("retried %+v", got)
	}
	r.retry = errors.New("the connection was lost")
	p = retried(url.Values{"which": {"filter"}})
	if !strings.Contains(p.text, "It ended early: the connection was lost") || !slices.Contains(p.actions, "/letters/retry") {
		t.Errorf("interrupted: %s", p.text)
	}
}

func TestLettersStandOnPages(t *testing.T) {
	t.Parallel()
	r := newRecords()
	for i := range int64(80) {
		l := r.letters[0]
		l.ID = 500 - i
		r.letters = append(r.letters, l)
	}
	s := newSite(t, r.over(), token)
	_, body := s.read(t, "/letters?reason=bad_field")
	p := understood(t, body)
	next := slices.IndexFunc(p.hrefs, func(h string) bool { return strings.Contains(h, "below=") })
	if next < 0 || !strings.Contains(p.hrefs[next], "reason=bad_field") || r.letterOf[0].Reason != "bad_field" {
		t.Fatalf("%q, %+v", p.hrefs, r.letterOf)
	}
	if !strings.Contains(p.text, "is not of the kind that its column takes") {
		t.Errorf("the reason is not explained: %s", p.text)
	}
	_, body = s.read(t, p.hrefs[next])
	if strings.Contains(body, `rel="next"`) == (len(r.letters) <= 100) {
		t.Errorf("%d letters, and the second page: %s", len(r.letters), body)
	}
}

func TestRunsAreStarted(t *testing.T) {
	t.Parallel()
	r := newRecords()
	s := newSite(t, r.over(), token)
	for _, kind := range []string{"backfill", "plan", "reconcile"} {
		if answer, body := s.send(t, "/runs", url.Values{"provider": {"acme"}, "kind": {kind}}); answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/runs/60" {
			t.Errorf("%s: %d %s", kind, answer.StatusCode, body)
		}
	}
	if !slices.Equal(r.started, []string{"backfill acme", "plan acme", "reconcile acme"}) {
		t.Errorf("started %q", r.started)
	}
	for _, c := range []struct {
		why  error
		want int
		says string
	}{
		{desk.ErrBusy, 409, "a run of this provider is going on"},
		{desk.ErrUnknownProvider, 404, "no provider of this name"},
		{errors.New("set providers.acme.api.key"), 409, "It cannot be started: set providers.acme.api.key"},
	} {
		r.start = c.why
		if answer, body := s.send(t, "/runs", url.Values{"provider": {"acme"}, "kind": {"plan"}}); answer.StatusCode != c.want || !strings.Contains(body, c.says) {
			t.Errorf("%v: %d %s", c.why, answer.StatusCode, body)
		}
	}
}

func TestRunsAreShown(t *testing.T) {
	t.Parallel()
	s := newSite(t, newRecords().over(), token)
	_, body := s.read(t, "/runs")
	p := understood(t, body)
	for _, want := range []string{"running", "500 of about 2\u202f000", "deletions held", "2 missing, 1 gone", "Its users cannot be listed: its definition says nothing of a list"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("no %q in %s", want, p.text)
		}
	}
	if !slices.Contains(p.hrefs, "/runs?below=36") {
		t.Errorf("no second page in %q", p.hrefs)
	}
	for path, wants := range map[string][]string{
		"/runs/60": {"backfill 60", "running", "25 % of the users"},
		"/runs/59": {"Deletions are held back:", hostile[0]},
		"/runs/58": {"Who differs", "listed, and not in the table", "looks again, and repairs what differs then: 3 users did"},
	} {
		status, body := s.read(t, path)
		p := understood(t, body)
		for _, want := range wants {
			if status != http.StatusOK || !strings.Contains(p.text+body, want) {
				t.Errorf("%s: %d, no %q in %s", path, status, want, p.text)
			}
		}
		if applies := strings.Contains(body, `value="reconcile"`); applies != (path == "/runs/58") {
			t.Errorf("%s offers to apply: %v", path, applies)
		}
	}
}
