package providers

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// posted is a definition whose users are searched by POST.
func posted(t testing.TB, more string) *Provider {
	return described(t, bearerAPI+`
list: {method: POST, path: /search, body: {filter.all: true, tags: [a, 1, null, {b: 1.50}]}, query: {v: "2"}, paging: {page: {param: paging.number, base: 0}}, size: {param: paging.size, max: 2}, items: users, id: id, user: same`+more+`}
fetch: {path: "/users/{id}", id: id, user: same}
write: {create: {path: /users, body: {email: email}}, update: {path: "/users/{id}", body: {email: email}}, find: [{list: {"filter.email": "{email}"}}]}
`)
}

// bodies answers with a page and keeps what was sent.
func bodies(sent *[]string, handlers ...http.HandlerFunc) http.HandlerFunc {
	answer := answering(handlers...)
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		*sent = append(*sent, r.Method+" "+r.RequestURI+" "+string(raw))
		answer(w, r)
	}
}

const constants = `"tags":["a",1,null,{"b":1.50}]`

// Each page has the constants and its own parameters, and a list is read again
// after a failure.
func TestAListByPost(t *testing.T) {
	t.Parallel()
	var sent []string
	url, _ := serving(t, bodies(&sent, status(500), body(`{"users":`+usersJSON("a", "b")+`}`)))
	s := fastAPI(url)
	s.Since = 1768478400_000000
	ids, err := all(t, listerOf(t, posted(t, ", since: {param: filter.after, unit: ms}"), s))
	if err != nil || strings.Join(ids, "") != "aba" {
		t.Errorf("%q, %v", ids, err)
	}
	page := func(n int) string {
		return fmt.Sprintf(`POST /search?v=2 {"filter":{"all":true,"after":1768478400000},%s,"paging":{"size":2,"number":%d}}`, constants, n)
	}
	if got, want := strings.Join(sent, "\n"), page(0)+"\n"+page(0)+"\n"+page(1); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
}

func TestAListByPostThatIsRefused(t *testing.T) {
	t.Parallel()
	url, asked := serving(t, status(400))
	_, err := all(t, listerOf(t, posted(t, ""), fastAPI(url)))
	wantError(t, err, "POST /search: the provider answered 400 Bad Request: check api.params; a run that was interrupted long ago")
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// Who is looked for stands in the body, too.
func TestASearchByPost(t *testing.T) {
	t.Parallel()
	var sent []string
	url, _ := serving(t, bodies(&sent))
	w, err := posted(t, "").Writer(fastAPI(url))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var u UserWrite
	u.Fields[usersync.FieldEmail] = usersync.TextValue("a@example.com")
	if c, found, err := w.Find(t.Context(), u); err != nil || !found || c.UserID != "a" {
		t.Errorf("%+v, %v, %v", c, found, err)
	}
	want := `POST /search?v=2 {"filter":{"all":true,"email":"a@example.com"},` + constants + `,"paging":{"size":2,"number":0}}`
	if got := strings.Join(sent, "\n"); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
}
