package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// windowDefinition is of a provider that is nobody's: its API wants a token of
// client credentials, and shows no more than 50 users of one query.
const windowDefinition = `
verify: {secret: {bearer: true}, credential: bearer}
unpack: json
event: {id: id, type: type, time: at, user: user.user_id, types: {user.updated: user.updated, user.deleted: user.deleted}}
user:
  at: user
  fields: {email: email, name: name, provider_created_at: created_at, provider_updated_at: updated_at}
  access: {path: blocked, banned: true, unbanned: false}
samples:
  user.updated: {body: '{"id":"{event_id}","type":"user.updated","at":"{time}","user":{"user_id":"{user_id}","email":"{email}"}}'}
api:
  auth: {client_credentials: {path: /oauth/token, audience: "{url}/api/v2/", style: body}}
list:
  path: /api/v2/users
  query: {include_totals: "true"}
  paging: {window: {query: {q: "created_at:[{from} TO *]", sort: "created_at:1"}, from: created_at, most: 50, within: {page: {param: page, base: 0}}}}
  size: {param: per_page, max: 10}
  items: users
  id: user_id
  user: same
fetch: {path: "/api/v2/users/{id}", id: user_id, user: same}
`

const windowSecret = "cs_do_not_show_me"

// windowUser is a user as that provider shows it.
type windowUser struct {
	ID        string    `json:"user_id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Blocked   bool      `json:"blocked"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// windowSite is that provider, and a configuration that lists it.
type windowSite struct {
	backfillSite

	mu     sync.Mutex
	users  []windowUser // by created_at
	token  string
	uses   int // that the token is still good for
	tokens int // that were given
	pages  int // that were asked for
	served map[string]bool
	// before is called with each request for a page.
	before func(s *windowSite, page int)
}

// perToken is how many requests a token is good for.
const perToken = 7

func newWindowSite(t *testing.T, databaseURL string, users int) *windowSite {
	t.Helper()
	s := &windowSite{backfillSite: backfillSite{db: databaseURL, ahead: &atomic.Int64{}}, served: map[string]bool{}}
	made := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range users {
		if i%25 > 11 { // twelve of 25 share a time: more than a page
			made = made.Add(1234 * time.Millisecond)
		}
		s.users = append(s.users, windowUser{ID: fmt.Sprintf("db|%04d", i), Email: fmt.Sprintf("u%d@example.com", i), CreatedAt: made, UpdatedAt: made})
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	s.config = filepath.Join(dir, "usersync.yaml")
	text := "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\ndatabase: {url: '" + databaseURL + "', migrate: true, " + unhurried + "}\nproviders:\n  tenant:\n    definition: tenant.yaml\n    bearer: [test_secret_of_a_test]\n" +
		"    api: {url: '" + server.URL + "', key: 'client-1:" + windowSecret + "', rate_limit: 100000}\n    list: {lag: 1ms}\n"
	for file, text := range map[string]string{s.config: text, filepath.Join(dir, "tenant.yaml"): windowDefinition} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// ServeHTTP implements http.Handler.
func (s *windowSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Date", time.Now().Add(time.Duration(s.ahead.Load())).UTC().Format(http.TimeFormat))
	if r.URL.Path == "/oauth/token" {
		if r.Method != http.MethodPost || r.FormValue("client_id") != "client-1" || r.FormValue("client_secret") != windowSecret || r.FormValue("audience") != "http://"+r.Host+"/api/v2/" {
			http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
			return
		}
		s.tokens++
		s.token, s.uses = fmt.Sprintf("token-%d", s.tokens), perToken
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":86400}`, s.token)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.token || s.uses == 0 {
		http.Error(w, `{"message":"Expired token"}`, http.StatusUnauthorized)
		return
	}
	s.uses--
	if id, single := strings.CutPrefix(r.URL.Path, "/api/v2/users/"); single {
		s.user(w, id)
		return
	}
	s.page(w, r)
}

func (s *windowSite) user(w http.ResponseWriter, id string) {
	at := slices.IndexFunc(s.users, func(u windowUser) bool { return u.ID == id })
	if at < 0 {
		http.Error(w, `{"statusCode":404}`, http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(s.users[at]) // a reader that went away gets nothing
}

func (s *windowSite) page(w http.ResponseWriter, r *http.Request) {
	s.pages++
	if s.before != nil {
		s.before(s, s.pages)
	}
	page, _ := strconv.Atoi(r.FormValue("page"))
	size, _ := strconv.Atoi(r.FormValue("per_page"))
	if (page+1)*size > 50 || r.FormValue("sort") != "created_at:1" {
		http.Error(w, `{"message":"You can only page through the first 50 records"}`, http.StatusBadRequest)
		return
	}
	found := s.users
	if q := r.FormValue("q"); q != "" {
		from, err := time.Parse(time.RFC3339, strings.TrimSuffix(strings.TrimPrefix(q, "created_at:["), " TO *]"))
		if err != nil {
			http.Error(w, `{"message":"q"}`, http.StatusBadRequest)
			return
		}
		found = slices.DeleteFunc(slices.Clone(found), func(u windowUser) bool { return u.CreatedAt.Before(from) })
	}
	from, to := min(page*size, len(found)), min((page+1)*size, len(found))
	for _, u := range found[from:to] {
		s.served[u.ID] = true
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"start": from, "limit": size, "total": len(found), "users": found[from:to]})
}

// asked is how many pages were asked for, and how many tokens were given.
func (s *windowSite) asked() (pages, tokens int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages, s.tokens
}

// meanwhile has something done with each request for a page from now on.
func (s *windowSite) meanwhile(before func(s *windowSite, page int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages, s.before = 0, before
}

// change changes a user, now by the provider's clock.
func (s *windowSite) change(id string, how func(*windowUser)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.users, func(u windowUser) bool { return u.ID == id })
	how(&s.users[at])
	s.users[at].UpdatedAt = time.Now().Add(time.Duration(s.ahead.Load())).UTC().Truncate(time.Millisecond)
}

// now does something while nobody is answered.
func (s *windowSite) now(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// remove removes a user.
func (s *windowSite) remove(id string) {
	s.users = slices.DeleteFunc(s.users, func(u windowUser) bool { return u.ID == id })
}

// add adds a user, made now.
func (s *windowSite) add(id string) {
	now := time.Now().Add(time.Duration(s.ahead.Load())).UTC().Truncate(time.Millisecond)
	s.users = append(s.users, windowUser{ID: id, Email: id + "@example.com", CreatedAt: now, UpdatedAt: now})
}
