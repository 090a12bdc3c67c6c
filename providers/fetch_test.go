package providers

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	usersync "usersync/sync"
)

func tlsServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func TestFetch(t *testing.T) {
	t.Parallel()
	url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.EscapedPath() {
		case "/v1/users/a%2F..%2Fb%20%25":
			fmt.Fprint(w, `{"user":{"id":"a/../b %","email":"a@example.com"}}`)
		case "/v1/users/bare":
			fmt.Fprint(w, `{"id":"bare","email":null}`)
		case "/v1/users/other":
			fmt.Fprint(w, `{"id":"bare"}`)
		case "/v1/users/otherbad":
			fmt.Fprint(w, `{"id":"bare","email":[]}`)
		case "/v1/users/bad":
			fmt.Fprint(w, `{"user":{"id":"bad","email":[]}}`)
		case "/v1/users/null":
			fmt.Fprint(w, `{"user":null}`)
		case "/v1/users/ahead":
			w.Header().Set("Date", "Thu, 01 Jan 2099 00:00:00 GMT")
			fmt.Fprint(w, `{"id":"ahead"}`)
		case "/v1/users/gone":
			w.WriteHeader(http.StatusGone)
		case "/v1/users/forbidden":
			w.WriteHeader(http.StatusForbidden)
		default:
			http.NotFound(w, r)
		}
	})
	f := fetcherOf(t, listed(t, pagePaging), fastAPI(url+"/v1/"))
	for id, email := range map[string]usersync.Value{"a/../b %": usersync.TextValue("a@example.com"), "bare": usersync.NullValue()} {
		c, found, err := f.Fetch(t.Context(), id)
		if err != nil || !found || c.UserID != id || c.Fields[usersync.FieldEmail] != email || c.Origin != usersync.OriginHydrate {
			t.Errorf("%s: %+v, %v, %v", id, c, found, err)
		}
	}
	for _, id := range []string{"gone", "nobody", "../users"} {
		if c, found, err := f.Fetch(t.Context(), id); err != nil || found || c.UserID != "" {
			t.Errorf("%s: %+v, %v, %v", id, c, found, err)
		}
	}
	before := asked.Load()
	for id, want := range map[string]string{
		"other": "another user than was asked for", "otherbad": "another user than was asked for", "forbidden": "403 Forbidden: check api.key",
		"bad": "bad_field: email: it is an object or array", "null": "no_user_id", "ahead": "ahead of ours",
		"": "bad_user_id", ".": "bad_user_id", "..": "bad_user_id: the user cannot be fetched",
	} {
		c, found, err := f.Fetch(t.Context(), id)
		wantError(t, err, want)
		wantError(t, err, "fetching a user of custom: ")
		var letter *LetterError
		if isLetter := strings.Contains(want, "_"); errors.As(err, &letter) != isLetter || isLetter && (letter.Letter.UserID != id || letter.Letter.ReceivedAt == 0) {
			t.Errorf("%s: %+v", id, letter)
		}
		if found || c.UserID != "" {
			t.Errorf("%s gives %+v, %v", id, c, found)
		}
	}
	if asked.Load() != before+6 {
		t.Errorf("asked %d times", asked.Load()-before)
	}
}

// A fetch has a budget of its own: an earlier one cannot use it up.
func TestEveryFetchHasItsBudget(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		fails := true
		n, asked := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
			if fails = !fails; !fails {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fmt.Fprint(w, `{"id":"a"}`)
		})
		s := fastAPI("http://api.example")
		s.Budget = 1500 * time.Millisecond
		f := n.fetcher(t, listed(t, pagePaging), s)
		for range 2 {
			if _, found, err := f.Fetch(t.Context(), "a"); err != nil || !found {
				t.Error(found, err)
			}
		}
		if asked.Load() != 4 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

const detailParts = bearerAPI + `
list: {path: /users, paging: {page: {param: page, base: 1}}, size: {param: limit, max: 30}, items: users, id: id, detail: fetch}
fetch: {path: "/users/{id}", id: id, user: same}
`

// Users of a list that hides something are fetched, some at once, in order.
func TestDetails(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ids := manyIDs(20)
		var flying, most atomic.Int64
		n, asked := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/users" {
				fmt.Fprintf(w, `{"users":%s}`, strings.Replace(usersJSON(ids...), "[", `[{"id":null},{"id":".."},`, 1))
				return
			}
			now := flying.Add(1)
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			time.Sleep(20 * time.Millisecond)
			flying.Add(-1)
			switch id := r.URL.Path[len("/users/"):]; id {
			case "c":
				http.NotFound(w, r)
			case "d":
				fmt.Fprint(w, `{"id":"d","email":7.5,"updated":{}}`)
			default:
				fmt.Fprintf(w, `{"id":"%s","email":"real-%s@example.com"}`, id, id)
			}
		})
		page, err := n.lister(t, described(t, detailParts), fastAPI("http://api.example")).Page(t.Context(), "")
		if err != nil || len(page.Users) != 18 || len(page.Letters) != 3 || page.Next != "" {
			t.Fatalf("%d users, %+v, %v", len(page.Users), page.Letters, err)
		}
		got := ""
		for _, c := range page.Users {
			got += c.UserID
			if c.Fields[usersync.FieldEmail] != usersync.TextValue("real-"+c.UserID+"@example.com") {
				t.Errorf("%+v", c)
			}
		}
		if got != strings.NewReplacer("c", "", "d", "").Replace(strings.Join(ids, "")) {
			t.Errorf("the users are %s", got)
		}
		if most.Load() != detailsInFlight {
			t.Errorf("%d requests at once", most.Load())
		}
		if asked.Load() != 21 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

func TestAFailedDetailFailsThePage(t *testing.T) {
	t.Parallel()
	url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/users" {
			fmt.Fprintf(w, `{"users":%s}`, usersJSON(manyIDs(26)...))
			return
		}
		status(http.StatusForbidden)(w, r)
	})
	l := listerOf(t, described(t, detailParts), fastAPI(url))
	page, err := l.Page(t.Context(), "")
	wantError(t, err, "GET /users/")
	wantError(t, err, "403 Forbidden")
	if len(page.Users) > 0 || asked.Load() > 20 {
		t.Errorf("%d users, asked %d times", len(page.Users), asked.Load())
	}
}
