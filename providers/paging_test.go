package providers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pagingServers answer as providers of each style do; each total is wrong.
var pagingServers = map[string]struct {
	paging string
	serve  func(w http.ResponseWriter, r *http.Request, ids []string, size int)
	// pages is how many requests the list of n users takes, 2 a page.
	pages func(n int) int
}{
	"page from 1": {"{page: {param: page, base: 1}}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		page, _ := strconv.Atoi(r.FormValue("page"))
		fmt.Fprintf(w, `{"users":%s,"total":1}`, usersJSON(window(ids, (page-1)*size, size)...))
	}, untilShort},
	"page from 0": {"{page: {param: p, base: 0}}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		page, _ := strconv.Atoi(r.FormValue("p"))
		fmt.Fprintf(w, `{"users":%s,"total":99}`, usersJSON(window(ids, page*size, size)...))
	}, untilShort},
	"offset": {"{offset: {param: skip}}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		skip, _ := strconv.Atoi(r.FormValue("skip"))
		fmt.Fprintf(w, `{"users":%s,"total":0}`, usersJSON(window(ids, skip, size)...))
	}, untilShort},
	"last id": {"{last_id: {param: after}}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		from := slices.Index(ids, r.FormValue("after")) + 1
		fmt.Fprintf(w, `{"users":%s}`, usersJSON(window(ids, from, size)...))
	}, untilShort},
	"cursor": {"{cursor: {param: c, next: meta.next}}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		from, _ := strconv.Atoi(r.FormValue("c"))
		next := "null"
		if from+size < len(ids) {
			next = strconv.Itoa(from + size) // a number is a cursor, too
		}
		fmt.Fprintf(w, `{"users":%s,"meta":{"next":%s}}`, usersJSON(window(ids, from, size)...), next)
	}, untilTold},
	"cursor, always one, until a page is empty": {"{cursor: {param: c, next: next}}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		from, _ := strconv.Atoi(r.FormValue("c"))
		fmt.Fprintf(w, `{"users":%s,"next":"%d"}`, usersJSON(window(ids, from, size)...), from+size)
	}, func(n int) int { return (n+1)/2 + 1 }},
	"cursor with a flag": {"{cursor: {param: c, next: next, more: more}}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		from, _ := strconv.Atoi(r.FormValue("c"))
		fmt.Fprintf(w, `{"users":%s,"next":"%d","more":%v}`, usersJSON(window(ids, from, size)...), from+size, from+size < len(ids))
	}, untilTold},
	"link": {"{link: true}", func(w http.ResponseWriter, r *http.Request, ids []string, size int) {
		from, _ := strconv.Atoi(r.FormValue("from"))
		w.Header().Add("Link", `</users?from=0>; title="a, b; c"; rel=first, <broken`)
		if from+size < len(ids) {
			w.Header().Set("Link", fmt.Sprintf(`</users?from=0>; title="<a>, b; c"; rel=first, <http://%s/users?limit=%d&from=%d>; rel="last NEXT"`, strings.ToUpper(r.Host), size, from+size))
		}
		fmt.Fprintf(w, `{"users":%s}`, usersJSON(window(ids, from, size)...))
	}, untilTold},
}

func untilShort(n int) int { return n/2 + 1 }
func untilTold(n int) int  { return max((n+1)/2, 1) }

func TestPagingStyles(t *testing.T) {
	t.Parallel()
	for style, server := range pagingServers {
		for n := range 6 {
			t.Run(fmt.Sprintf("%s, %d users", style, n), func(t *testing.T) {
				t.Parallel()
				ids := manyIDs(n)
				url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
					if r.FormValue("limit") != "2" {
						t.Errorf("%s: limit is not 2", r.RequestURI)
					}
					server.serve(w, r, ids, 2)
				})
				got, err := all(t, listerOf(t, listed(t, server.paging), fastAPI(url)))
				if err != nil || !slices.Equal(got, ids) {
					t.Errorf("listed %q, %v", got, err)
				}
				if want := server.pages(n); int(asked.Load()) != want {
					t.Errorf("asked %d times, want %d", asked.Load(), want)
				}
			})
		}
	}
}

func TestAListGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	for style, server := range pagingServers {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			ids := manyIDs(5)
			url, _ := serving(t, func(w http.ResponseWriter, r *http.Request) { server.serve(w, r, ids, 2) })
			p := listed(t, server.paging)
			page, err := listerOf(t, p, fastAPI(url)).Page(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			l := listerOf(t, p, fastAPI(url))
			for range 2 { // also twice, after a page that could not be written
				again, err := l.Page(t.Context(), page.Next)
				if err != nil || len(again.Users) != 2 || again.Users[0].UserID != "c" {
					t.Errorf("%+v, %v", again, err)
				}
			}
		})
	}
}

func TestARootArrayIsAList(t *testing.T) {
	t.Parallel()
	p := described(t, bearerAPI+`list: {path: /users, paging: {page: {param: page, base: 1}}, size: {max: 3}, id: id, user: same}`)
	url, _ := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI != "/users?page=1" {
			t.Errorf("asked for %s", r.RequestURI)
		}
		fmt.Fprint(w, usersJSON("a", "b"))
	})
	if ids, err := all(t, listerOf(t, p, fastAPI(url))); err != nil || len(ids) != 2 {
		t.Errorf("%q, %v", ids, err)
	}
	url, _ = serving(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{}`) })
	_, err := all(t, listerOf(t, p, fastAPI(url)))
	wantError(t, err, "the answer is no array of users: it has no members")
}

func TestSinceFiltersWhereTheListCan(t *testing.T) {
	t.Parallel()
	for unit, want := range map[string]string{"rfc3339": "2026-01-15T12%3A00%3A00.000Z", "s": "1768478400", "ms": "1768478400000"} {
		p := described(t, bearerAPI+`list: {path: /users, query: {state: "x y"}, since: {param: changed, unit: `+unit+`}, paging: {link: true}, size: {max: 3}, id: id, user: same}`)
		url, _ := serving(t, func(w http.ResponseWriter, r *http.Request) {
			if r.RequestURI != "/users?changed="+want+"&state=x+y" {
				t.Errorf("asked for %s", r.RequestURI)
			}
			fmt.Fprint(w, `[]`)
		})
		s := fastAPI(url)
		s.Since = 1768478400_000000
		if _, err := all(t, listerOf(t, p, s)); err != nil {
			t.Error(err)
		}
	}
}

// What never ends is noticed, whatever the size of the circle.
func TestCircles(t *testing.T) {
	t.Parallel()
	for length := 1; length <= 6; length++ {
		n := 0
		url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
			n++
			at, _ := strconv.Atoi(r.FormValue("c"))
			next := at + 1
			if at >= length+1 { // two pages lead to the circle
				next = 2
			}
			fmt.Fprintf(w, `{"users":%s,"next":"%d"}`, usersJSON(strconv.Itoa(n), strconv.Itoa(-n)), next)
		})
		_, err := all(t, listerOf(t, listed(t, "{cursor: {param: c, next: next}}"), fastAPI(url)))
		wantError(t, err, "the pages go round in a circle")
		if asked.Load() > int64(4*length+6) {
			t.Errorf("a circle of %d took %d requests", length, asked.Load())
		}
	}
}

func TestAProviderThatIgnoresThePage(t *testing.T) {
	t.Parallel()
	for _, paging := range []string{"{page: {param: page, base: 0}}", "{offset: {param: o}}", "{cursor: {param: c, next: next}}"} {
		n := 0
		url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
			n++
			fmt.Fprintf(w, `{"users":%s,"next":"%d"}`, usersJSON("a", "b"), n)
		})
		_, err := all(t, listerOf(t, listed(t, paging), fastAPI(url)))
		wantError(t, err, "two pages are the same")
		if asked.Load() != 2 {
			t.Errorf("%s: asked %d times", paging, asked.Load())
		}
	}
}

func TestCursorsThatCannotBe(t *testing.T) {
	t.Parallel()
	url, asked := serving(t, func(http.ResponseWriter, *http.Request) {})
	for paging, cursors := range map[string][]string{
		"{page: {param: page, base: 1}}": {"0", "x", "-1"},
		"{offset: {param: o}}":           {"-2", "/users"},
		"{link: true}":                   {"//evil.example.com/users", "http://evil.example.com/", "users", "/%zz", "x:y"},
	} {
		for _, cursor := range cursors {
			_, err := listerOf(t, listed(t, paging), fastAPI(url)).Page(t.Context(), cursor)
			wantError(t, err, "Begin anew with --restart")
		}
	}
	if asked.Load() != 0 {
		t.Error("one was asked for")
	}
}

func TestAnswersThatNameNoNextPage(t *testing.T) {
	t.Parallel()
	full := usersJSON("a", "b")
	for _, c := range []struct{ paging, body, link, want string }{
		{"{cursor: {param: c, next: next, more: more}}", `{"users":` + full + `,"more":true}`, "", "says that there is another page (more) and has no cursor at next"},
		{"{cursor: {param: c, next: next}}", `{"users":` + full + `,"next":{}}`, "", "the cursor at next is an object or array, not a text"},
		{"{cursor: {param: c, next: next}}", `{"users":` + full + `,"next":"` + strings.Repeat("x", maxCursor+1) + `"}`, "", "longer than 4096 bytes"},
		{"{last_id: {param: c}}", `{"users":[{"id":"a"},{"id":null}]}`, "", "the last user of the page gives no cursor: the user has no id at id"},
		{"{last_id: {param: c}}", `{"users":[{"id":"a"},{"ID":"b","email":"b@example.com"}]}`, "", "the user has no id at id: it has the members ID, email"},
		{"{link: true}", `{"users":` + full + `}`, "<http://evil.example.com/users?page=2>; rel=next", "leads to another host"},
		{"{link: true}", `{"users":` + full + `}`, "<//evil.example.com/users?page=2>; rel=next", "leads to another host"},
		{"{link: true}", `{"users":` + full + `}`, "<https://SAME/users?page=2>; rel=next", "leads to another host"},
		{"{link: true}", `{"users":` + full + `}`, "<http://u:p@SAME/users?page=2>; rel=next", "leads to another host"},
		{"{link: true}", `{"users":` + full + `}`, "<:>; rel=next", "is no address"},
		{"{link: true}", `{"users":` + full + `}`, "</" + strings.Repeat("x", maxCursor) + ">; rel=next", "longer than 4096 bytes"},
		{"{link: true}", `{"people":[]}`, "", "the answer has no array of users at users: it has the members people"},
		{"{link: true}", `{"users":{}}`, "", "the answer has no array of users at users: it has the members users"},
		{"{link: true}", `{"data":1,"ann@example.com":1,"usr_1":2,"next-page":3}`, "", "at users: it has the members data, …, next-page"},
		{"{link: true}", `[{"id":"a"}]`, "", "at users: it is an array"},
		{"{link: true}", `"maintenance"`, "", "at users: it is a text"},
		{"{link: true}", `{}`, "", "at users: it has no members"},
	} {
		url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
			if c.link != "" {
				w.Header().Set("Link", strings.ReplaceAll(c.link, "SAME", r.Host))
			}
			fmt.Fprint(w, c.body)
		})
		_, err := all(t, listerOf(t, listed(t, c.paging), fastAPI(url)))
		wantError(t, err, c.want)
		if asked.Load() != 1 {
			t.Errorf("%s: asked %d times", c.want, asked.Load())
		}
	}
}

// Some write an empty array as null: in a list as in what a fetch by list answers.
func TestNoUsersMayBeNull(t *testing.T) {
	t.Parallel()
	for _, paging := range []string{"{cursor: {param: c, next: next}}", "{page: {param: page, base: 1}}", "{link: true}"} {
		url, _ := serving(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"users":null,"next":null}`) })
		if users, err := all(t, listerOf(t, listed(t, paging), fastAPI(url))); err != nil || len(users) != 0 {
			t.Errorf("%s: %v, %v", paging, users, err)
		}
	}
}
