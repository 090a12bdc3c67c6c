package providers

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

// apiKey must never be seen anywhere but in the header of a request.
const apiKey = "sk_do_not_show_me"

const bearerAPI = "api: {auth: {bearer: true}}\n"

// listed is a definition that lists and fetches users, whose paging is given.
func listed(t testing.TB, paging string) *Provider {
	return described(t, bearerAPI+`
list: {path: /users, paging: `+paging+`, size: {param: limit, max: 2}, items: users, id: id, user: same}
fetch: {path: "/users/{id}", at: user, id: id, user: same}
`)
}

// described is a definition with the given parts about its API.
func described(t testing.TB, parts string) *Provider {
	t.Helper()
	def, err := compile("custom.yaml", []byte(`
verify: {secret: {header: X}}
unpack: json
event: `+plainEvent+`
user: {at: data.user, fields: {email: email, provider_updated_at: updated}, access: {path: off, banned: true, unbanned: false}, life: {path: state, deleted: gone}}
samples: {a: {body: '{}'}}
`+parts))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProvider("custom", def, Settings{Auth: "none", OnDelete: "redact"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// hasty gives up soon.
var hasty = patience{first: time.Millisecond, longest: 5 * time.Millisecond, retries: 3}

func fastAPI(url string) APISettings {
	return APISettings{URL: url, Key: secret.New(apiKey), RateLimit: 1e6}
}

// listerOf returns a lister that does not wait long.
func listerOf(t testing.TB, p *Provider, s APISettings) *Lister {
	t.Helper()
	l, err := p.Lister(s, usersync.OriginReconcile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	l.pages.(*httpPages).patience = hasty
	return l
}

// fetcherOf does the same for single users.
func fetcherOf(t testing.TB, p *Provider, s APISettings) *Fetcher {
	t.Helper()
	f, err := p.Fetcher(s, usersync.OriginHydrate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	f.source.(*httpUser).patience = hasty
	return f
}

// serving starts a server and counts what it is asked.
func serving(t testing.TB, handler http.HandlerFunc) (url string, asked *atomic.Int64) {
	t.Helper()
	counted, asked := counting(t, handler)
	server := httptest.NewServer(counted)
	t.Cleanup(server.Close)
	return server.URL, asked
}

// counting counts the requests, and looks for the key in each.
func counting(t testing.TB, handler http.HandlerFunc) (counted http.HandlerFunc, asked *atomic.Int64) {
	asked = &atomic.Int64{}
	return func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+apiKey {
			t.Errorf("%s: Authorization is %q", r.RequestURI, r.Header.Get("Authorization"))
		}
		handler(w, r)
	}, asked
}

// all reads a list to its end.
func all(t testing.TB, l *Lister) (ids []string, err error) {
	t.Helper()
	for cursor := ""; ; {
		page, err := l.Page(t.Context(), cursor)
		if err != nil {
			if len(page.Users) > 0 {
				t.Errorf("an error comes with users: %v", err)
			}
			return ids, err
		}
		for _, c := range page.Users {
			ids = append(ids, c.UserID)
		}
		if next, ok := l.After(cursor); ok && page.Next != "" && page.Next != next {
			t.Errorf("After(%q) is %q, the page says %q", cursor, next, page.Next)
		}
		if cursor = page.Next; cursor == "" {
			return ids, nil
		}
		if len(ids) > 100 {
			return ids, errors.New("the test gave up")
		}
	}
}

// wantError checks an error, and that it shows no secret.
func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is\n%v\nwant\n%s", err, want)
	}
	if err != nil && strings.Contains(err.Error(), apiKey) {
		t.Errorf("the error shows the key: %v", err)
	}
}

// usersJSON writes users 1 to n from..to as a list of objects.
func usersJSON(ids ...string) string {
	list := make([]map[string]string, 0, len(ids))
	for _, id := range ids {
		list = append(list, map[string]string{"id": id, "email": id + "@example.com"})
	}
	raw, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// window cuts a page out of the ids.
func window(ids []string, from, size int) []string {
	from = min(max(from, 0), len(ids))
	return ids[from:min(from+size, len(ids))]
}

// manyIDs are n ids in order.
func manyIDs(n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, string(rune('a'+i)))
	}
	return slices.Clip(ids)
}

// quiet is for servers whose complaints are expected.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
