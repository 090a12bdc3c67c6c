package providers

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const windowed = "{window: {query: {q: 'made:[{from} TO *]', sort: 'made:1'}, from: made, most: 9, within: {page: {param: page, base: 0}}}}"

// made is a user of a provider that shows at most 9 users of one query.
type made struct {
	id string
	at time.Time
}

// made serves a page of users in the order of their time.
func serveMade(w http.ResponseWriter, r *http.Request, users []made) {
	page, _ := strconv.Atoi(r.FormValue("page"))
	size, _ := strconv.Atoi(r.FormValue("limit"))
	if (page+1)*size > 9 {
		http.Error(w, `{"message":"you can only page through the first 9 records"}`, http.StatusBadRequest)
		return
	}
	if q := r.FormValue("q"); q != "" {
		from, err := time.Parse(time.RFC3339, strings.TrimSuffix(strings.TrimPrefix(q, "made:["), " TO *]"))
		if err != nil {
			http.Error(w, "{}", http.StatusTeapot)
			return
		}
		users = slices.DeleteFunc(slices.Clone(users), func(u made) bool { return u.at.Before(from) })
	}
	slices.SortStableFunc(users, func(a, b made) int { return a.at.Compare(b.at) })
	users = users[min(page*size, len(users)):min((page+1)*size, len(users))]
	var items []string
	for _, u := range users {
		items = append(items, fmt.Sprintf(`{"id":%q,"made":%q}`, u.id, u.at.Format(time.RFC3339Nano)))
	}
	fmt.Fprintf(w, `{"users":[%s]}`, strings.Join(items, ","))
}

// windowLister lists two or three users a page.
func windowLister(t *testing.T, url string, size int) *Lister {
	p := described(t, bearerAPI+"list: {path: /users, paging: "+windowed+", size: {param: limit, max: 3}, items: users, id: id, user: same}\n")
	s := fastAPI(url)
	s.PageSize = size
	return listerOf(t, p, s)
}

// Users come and go while they are listed: each who was there all the time is
// listed, whatever the list is resumed with.
func TestWindowsMissNobody(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 5))
		size := 2 + random.IntN(2)
		var users []made
		at := noon
		for i := range 40 {
			// Fewer share one time than a page has.
			if i%(size-1) == 0 {
				at = at.Add(time.Duration(1+random.IntN(1_000_000)) * time.Millisecond)
			}
			users = append(users, made{fmt.Sprint("u", i), at})
		}
		stayed := map[string]bool{}
		for _, u := range users {
			stayed[u.id] = true
		}
		url, asked := serving(t, func(w http.ResponseWriter, r *http.Request) {
			serveMade(w, r, users)
			for range random.IntN(3) {
				gone := random.IntN(len(users))
				delete(stayed, users[gone].id)
				users = slices.Delete(users, gone, gone+1)
			}
			if at = at.Add(time.Second); random.IntN(3) == 0 {
				users = append(users, made{fmt.Sprint("n", asNumber(at)), at})
			}
			if random.IntN(3) == 0 { // one who was made long ago and is imported now
				users = append(users, made{fmt.Sprint("i", asNumber(at)), noon.Add(time.Duration(random.IntN(1000)) * time.Second)})
			}
		})
		listed := map[string]bool{}
		for cursor := ""; ; {
			l := windowLister(t, url, size) // a new process for each page
			page, err := l.Page(t.Context(), cursor)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for _, c := range page.Users {
				listed[c.UserID] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
			if len(cursor) > 100 || asked.Load() > 200 {
				t.Fatalf("seed %d: asked %d times, cursor %q", seed, asked.Load(), cursor)
			}
		}
		for id := range stayed {
			if !listed[id] {
				t.Errorf("seed %d: %s was there all the time, and was not listed", seed, id)
			}
		}
	}
}

func asNumber(at time.Time) int64 { return at.Unix() }

// Users that share a time may fill pages, up to what the provider shows.
func TestWindowsOfOneTime(t *testing.T) {
	t.Parallel()
	for same := range 12 {
		for before := range 4 {
			var users []made
			for i := range before {
				users = append(users, made{fmt.Sprint("a", i), noon.Add(time.Duration(i) * time.Second)})
			}
			for i := range same {
				users = append(users, made{fmt.Sprint("b", i), noon.Add(time.Minute)})
			}
			users = append(users, made{"c0", noon.Add(time.Hour)}, made{"c1", noon.Add(2 * time.Hour)})
			url, _ := serving(t, func(w http.ResponseWriter, r *http.Request) { serveMade(w, r, users) })
			ids, err := all(t, windowLister(t, url, 3))
			if same >= 9 { // it can never be seen whether there are more of them
				wantError(t, err, "more users than the provider shows of one query (9) have the same made: the list cannot be read any further")
				continue
			}
			slices.Sort(ids)
			if ids = slices.Compact(ids); err != nil || len(ids) != len(users) {
				t.Errorf("%d of one time behind %d others: %q, %v", same, before, ids, err)
			}
		}
	}
}

// A list that the window cannot be sure of ends with an error, not with fewer
// users.
func TestWindowsThatCannotBe(t *testing.T) {
	t.Parallel()
	const a, b = `"2026-01-15T12:00:00Z"`, `"2026-01-15T12:00:00.5Z"`
	for want, c := range map[string]struct{ cursor, users string }{
		"the users are not in the order of made: does the provider ignore": {"", `{"id":"1","made":` + b + `},{"id":"2","made":` + a + `}`},
		"not in the order of made":   {"from=2026-01-15T12%3A00%3A00.5Z", `{"id":"1","made":` + a + `},{"id":"2","made":` + b + `}`},
		"in the order of made: does": {"", `{"id":"1","made":7},{"id":"2","made":` + b + `}`},
		"a user's made is a text: a window begins at a time (RFC 3339) or a whole": {"", `{"id":"1","made":"now TO *] OR id:[* TO *"},{"id":"2","made":` + a + `}`},
		"a user's made is a boolean": {"", `{"id":"1","made":true},{"id":"2"}`},
		"a user's made is a number":  {"", `{"id":"1","made":1.5},{"id":"2","made":2}`},
		"a user's made is an object": {"", `{"id":"1","made":{}},{"id":"2"}`},
		"have the same made":         {"at=3", `{"id":"1"},7`},
	} {
		url, asked := serving(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"users":[%s]}`, c.users) })
		_, err := windowLister(t, url, 2).Page(t.Context(), c.cursor)
		wantError(t, err, want)
		if asked.Load() != 1 {
			t.Errorf("%s: asked %d times", want, asked.Load())
		}
	}
}

func TestWindowCursorsThatCannotBe(t *testing.T) {
	t.Parallel()
	url, asked := serving(t, func(http.ResponseWriter, *http.Request) {})
	for _, cursor := range []string{
		"3", "at=x", "at=-1", "at=01x", "from=", "from=&at=1", "at=1&at=2", "from=a", "from=2026-01-15T12:00:00Z", // not escaped
		"from=2026-01-15T12%3A00%3A00Z&more=1", "at=1;from=2", "%zz", "/users", "from=" + strings.Repeat("1", 30), "from=1&at=1", // not in order
		"from=" + strings.Repeat("2", maxCursor),
	} {
		_, err := windowLister(t, url, 2).Page(t.Context(), cursor)
		wantError(t, err, "Begin anew with --restart")
	}
	if asked.Load() != 0 {
		t.Error("one was asked for")
	}
}

// A number is a place, too, and so is a time with users that have none before it.
func TestWindowsOfNumbersAndOfUsersWithoutAny(t *testing.T) {
	t.Parallel()
	numbers := map[string]string{
		"/users?limit=2&page=0&sort=made%3A1":                         `{"id":"a"},{"id":"b","made":null}`,
		"/users?limit=2&page=1&sort=made%3A1":                         `{"id":"c"},{"id":"d","made":7}`,
		"/users?limit=2&page=0&q=made%3A%5B7+TO+%2A%5D&sort=made%3A1": `{"id":"d","made":7},{"id":"e","made":123456789012345678}`,
	}
	url, _ := serving(t, func(w http.ResponseWriter, r *http.Request) {
		users, known := numbers[r.RequestURI]
		if !known && r.FormValue("q") != "made:[123456789012345678 TO *]" {
			t.Errorf("asked for %s", r.RequestURI)
		}
		fmt.Fprintf(w, `{"users":[%s]}`, users)
	})
	if ids, err := all(t, windowLister(t, url, 2)); err != nil || strings.Join(ids, "") != "abcdde" {
		t.Errorf("%q, %v", ids, err)
	}
}

// FuzzWindow gives any cursor and any page to a window: it says an error, or a
// cursor that it takes again and that can be saved.
func FuzzWindow(f *testing.F) {
	f.Add("", `2026-01-15T12:00:00Z`, `"2026-01-15T12:00:01Z"`)
	f.Add("at=1&from=5", `5`, `null`)
	p := windowPaging{from: newPath("made"), most: 9, within: numberPaging{param: "page"}}
	f.Fuzz(func(t *testing.T, cursor, first, last string) {
		if _, ok := p.read(cursor); !ok {
			return
		}
		items := []string{`{"made":` + string(appendString(nil, first)) + `}`, `{"made":` + last + `}`}
		if checkJSON([]byte(items[1])) != nil {
			return
		}
		next, err := p.next(pageAnswer{cursor: cursor, size: 2, items: items})
		if err != nil {
			return
		}
		if _, ok := p.read(next); !ok || next == cursor || len(next) > maxCursor {
			t.Errorf("%q is followed by %q", cursor, next)
		}
	})
}
