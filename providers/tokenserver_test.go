package providers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/secret"
)

// clientSecret is the half of the key that must never be seen anywhere but in
// the request for a token; apiKey stands in it.
const clientSecret = "p:" + apiKey + "+/ x"

const tokenAPI = `api:
  auth: {client_credentials: {path: "/oauth/{realm}/token", url: "{token_url}", audience: "{url}/v2/", scope: read, style: STYLE}}
  params: {realm: {about: the realm, default: main}, token_url: {about: the address of tokens, optional: true}}
`

// tokenized is a definition that lists, fetches and creates users with a token.
func tokenized(t testing.TB, style string) *Provider {
	return described(t, strings.Replace(tokenAPI, "STYLE", style, 1)+`
list: {path: /users, paging: `+pagePaging+`, size: {param: limit, max: 1}, items: users, id: id, user: same}
fetch: {path: "/users/{id}", at: user, id: id, user: same}
write: {create: {path: /users, body: {email: email}}, update: {path: "/users/{id}", body: {email: email}}}
`)
}

// tokenSettings are for a server.
func tokenSettings(url string) APISettings {
	s := fastAPI(url)
	s.Key = secret.New("client 1:" + clientSecret)
	return s
}

// tokenSite is a provider that takes tokens which it gave, for as long as they
// live.
type tokenSite struct {
	t        testing.TB
	lifetime time.Duration
	users    int

	mu     sync.Mutex
	given  int                  // tokens
	ends   map[string]time.Time // of those that are taken
	api    int                  // requests to the API
	refuse func(n int) http.HandlerFunc
}

func newTokenSite(t testing.TB) *tokenSite {
	return &tokenSite{t: t, lifetime: time.Hour, users: 3, ends: map[string]time.Time{}}
}

// revoke lets no token be taken that was given.
func (s *tokenSite) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.ends)
}

func (s *tokenSite) counts() (tokens, api int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given, s.api
}

// ServeHTTP implements http.Handler.
func (s *tokenSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth/main/token" {
		s.give(w, r)
		return
	}
	s.mu.Lock()
	s.api++
	ends, taken := s.ends[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	s.mu.Unlock()
	if strings.Contains(r.Header.Get("Authorization"), "Basic") || !taken || !time.Now().Before(ends) {
		status(http.StatusUnauthorized)(w, r)
		return
	}
	id := strings.TrimPrefix(r.URL.Path, "/users/")
	switch {
	case r.Method == http.MethodPost:
		fmt.Fprint(w, `{"user":{"id":"made"}}`)
	case id == "nobody":
		http.NotFound(w, r)
	case id != r.URL.Path:
		fmt.Fprintf(w, `{"user":{"id":%q}}`, id)
	default:
		page, err := strconv.Atoi(r.FormValue("page"))
		if err != nil {
			s.t.Errorf("%s: %v", r.URL, err)
		}
		fmt.Fprintf(w, `{"users":%s}`, usersJSON(window(manyIDs(s.users), page-1, 1)...))
	}
}

// give gives a token to whoever proves to be the client.
func (s *tokenSite) give(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given++
	if s.refuse != nil {
		if h := s.refuse(s.given); h != nil {
			h(w, r)
			return
		}
	}
	if r.Method != http.MethodPost || r.FormValue("grant_type") != "client_credentials" ||
		r.FormValue("audience") != "http://"+r.Host+"/v2/" || r.FormValue("scope") != "read" {
		s.t.Errorf("%s %s: %v", r.Method, r.URL, r.PostForm)
	}
	token := fmt.Sprintf("token-%d-%s", s.given, apiKey)
	s.ends[token] = time.Now().Add(s.lifetime)
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"bearer","expires_in":%d}`, token, int(s.lifetime.Seconds()))
}
