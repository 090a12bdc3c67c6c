package providers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"usersync/internal/secret"
)

func TestFind(t *testing.T) {
	t.Parallel()
	const users = "/v1/backend/users"
	const search = "GET " + users + "?limit=100&page=1&search=ann%40example.com"
	ok, nobody := saying(200, authonAnn), saying(404, "{}")
	list := func(emails ...string) http.HandlerFunc {
		var items []string
		for i, e := range emails {
			items = append(items, fmt.Sprintf(`{"id":"usr_%d","email":%q}`, i+1, e))
		}
		return saying(200, `{"data":[`+strings.Join(items, ",")+`]}`)
	}
	for name, c := range map[string]struct {
		user    []string
		answers []http.HandlerFunc
		want    []string
		found   string
		err     string
	}{
		"by id":          {[]string{"id", "usr_1", "external_id", "x"}, []http.HandlerFunc{ok}, []string{"GET " + users + "/usr_1"}, "usr_1", ""},
		"no such id":     {[]string{"id", "usr_1"}, []http.HandlerFunc{nobody}, []string{"GET " + users + "/usr_1"}, "", ""},
		"by external id": {[]string{"external_id", "a/b", "email", `"ann@example.com"`}, []http.HandlerFunc{ok}, []string{"GET " + users + "/by-external-id/a%2Fb"}, "usr_1", ""},
		"then by e-mail": {[]string{"external_id", "x", "email", `"ann@example.com"`}, []http.HandlerFunc{nobody, list("Ann@Example.com")}, []string{"GET " + users + "/by-external-id/x", search}, "usr_1", ""},
		// A search finds more than it should.
		"exactly":        {[]string{"email", `"ann@example.com"`}, []http.HandlerFunc{list("joann@example.com", "ann@example.com.org", "ann@example.com")}, []string{search}, "usr_3", ""},
		"nobody":         {[]string{"email", `"ann@example.com"`}, []http.HandlerFunc{list("joann@example.com")}, []string{search}, "", ""},
		"several":        {[]string{"email", `"ann@example.com"`}, []http.HandlerFunc{list("ann@example.com", "ann@example.com")}, []string{search}, "", "2 users have this e-mail: say which one by id or external_id"},
		"nothing":        {nil, nil, nil, "", ""},
		"not understood": {[]string{"external_id", "x"}, []http.HandlerFunc{saying(200, `{"id":"u","email":[]}`)}, []string{"GET " + users + "/by-external-id/x"}, "", "bad_field: email"},
		"refused":        {[]string{"external_id", "x@example.com"}, []http.HandlerFunc{status(401)}, []string{"GET " + users + "/by-external-id/x@example.com"}, "", "GET " + users + "/by-external-id/{external_id}: the provider answered 401"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := writing(t, "authon", c.answers...)
			got, found, err := w.Find(t.Context(), user(t, c.user...))
			if found != (c.found != "") || got.UserID != c.found || (err != nil) != (c.err != "") {
				t.Errorf("%+v, %v, %v", got, found, err)
			}
			if c.err != "" {
				wantError(t, err, c.err)
				if strings.Contains(err.Error(), "@") {
					t.Errorf("the error shows an address: %v", err)
				}
			}
			s.want(t, c.want...)
		})
	}
}

// A search of several pages is read to its end, and not for ever.
func TestFindReadsAllPages(t *testing.T) {
	t.Parallel()
	p := described(t, bearerAPI+`
list: {path: /users, paging: {page: {param: page, base: 1}}, size: {param: limit, max: 1}, items: users, id: id, user: same}
fetch: {path: "/users/{id}", at: user, id: id, user: same}
write:
  create: {path: /users, body: {mail: email}}
  update: {path: "/users/{id}", body: {mail: email}}
  find: {list: {q: "{email}"}}
`)
	for pages, found := range map[int]bool{3: true, maxSearch + 5: false} {
		url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
			n, err := strconv.Atoi(r.URL.Query().Get("page"))
			switch {
			case err != nil:
				t.Error(err)
			case n == pages:
				fmt.Fprint(w, `{"users":[{"id":"me","email":"ann@example.com"}]}`)
			case n > pages:
				fmt.Fprint(w, `{"users":[]}`)
			default:
				fmt.Fprintf(w, `{"users":[{"id":"u%d","email":"u%dann@example.com"}]}`, n, n)
			}
		})
		w, err := p.Writer(APISettings{URL: url, Key: secret.New(apiKey), RateLimit: 1e6})
		if err != nil {
			t.Fatal(err)
		}
		c, ok, err := w.Find(t.Context(), user(t, "email", `"ann@example.com"`))
		if ok != found || found && c.UserID != "me" || (err == nil) != found {
			t.Errorf("%d pages: %+v, %v, %v", pages, c, ok, err)
		}
		if !found {
			wantError(t, err, "the search finds too many users")
		}
		if n := asked.Load(); found && n != int64(pages)+1 || !found && n != maxSearch {
			t.Errorf("asked %d times", n)
		}
		w.Close()
	}
}

func TestFindSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w, _ := writing(t, "authon", status(500), status(500), status(500), status(500))
	_, _, err := w.Find(t.Context(), user(t, "id", "u"))
	var unavailable *UnavailableError
	if !errors.As(err, &unavailable) || unavailable.Uncertain {
		t.Errorf("%v", err)
	}
	var ambiguous *AmbiguousError
	w, _ = writing(t, "authon", saying(200, `{"data":[{"id":"a","email":"x@y"},{"id":"b","email":"X@y"}]}`))
	if _, _, err = w.Find(t.Context(), user(t, "email", `"x@y"`)); !errors.As(err, &ambiguous) || !slices.Equal(ambiguous.IDs, []string{"a", "b"}) {
		t.Errorf("%v", err)
	}
}
