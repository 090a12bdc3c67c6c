package fakeprovider

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	if got := Kinds(); !slices.Equal(got, []string{"authon", "authon_pro", "authpi", "node_auth"}) {
		t.Errorf("got %v", got)
	}
	for _, name := range Kinds() {
		s := New(name, Options{Users: 1})
		status(t, get(t, s, ""), http.StatusOK)
	}
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, `"authara"`) {
			t.Errorf("got %q", text)
		}
	}()
	New("authara", Options{})
}

func TestMaxPage(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]string{"authon": "data", "authpi": "data", "node_auth": "users"} {
		large := New(name, Options{Users: 2000, MaxPage: 1000})
		if got := idsIn(t, get(t, large, "?limit=1000"), list); len(got) != 1000 {
			t.Errorf("%s: %d users of 1000", name, len(got))
		}
		small := New(name, Options{Users: 2000, MaxPage: 5})
		if got := idsIn(t, get(t, small, ""), list); len(got) != 5 {
			t.Errorf("%s: %d users of 5", name, len(got))
		}
	}
}

// TestDrift loses a living user of a listing by page and shows another twice,
// which a cursor does not.
func TestDrift(t *testing.T) {
	t.Parallel()
	walk := func(name, first, second string, options Options, change func(*Population)) ([]string, *Server) {
		options.Users = 10
		options.After = nil
		users := NewPopulation(10, noon)
		options.Population = users
		options.Before = func(_ Route, r *http.Request) {
			if strings.HasSuffix(r.URL.RawQuery, second) {
				change(users)
			}
		}
		s := New(name, options)
		return append(idsIn(t, get(t, s, "?limit=5"+first), "data"), idsIn(t, get(t, s, "?limit=5"+second), "data")...), s
	}
	deleted := func(users *Population) { _ = users.Delete("usr_0000002") }
	added := func(users *Population) { _, _ = users.Add(User{}) }

	ids, s := walk("authon", "&page=1", "&page=2", Options{}, deleted)
	if len(ids) != 9 || slices.Contains(ids, "usr_0000005") || s.Served("usr_0000005") != 0 {
		t.Errorf("a deletion hides a living user: %v", ids)
	}
	ids, s = walk("authon", "&page=1", "&page=2", Options{NewestFirst: true}, added)
	if len(ids) != 10 || s.Served("usr_0000005") != 2 || s.Served("usr_0000000") != 0 || s.Served("usr_added0000010") != 0 {
		t.Errorf("a sign-up shows one user twice and hides two: %v", ids)
	}
	ids, _ = walk("authpi", "", "&cursor=usr_0000004", Options{}, deleted)
	if len(ids) != 10 || !slices.Contains(ids, "usr_0000005") {
		t.Errorf("a cursor holds its place: %v", ids)
	}
}

// TestAfterFallsBetweenReadingAndSending deletes a user that the page still has.
func TestAfterFallsBetweenReadingAndSending(t *testing.T) {
	t.Parallel()
	users := NewPopulation(3, noon)
	s := New("node_auth", Options{Population: users, After: func(route Route, _ *http.Request) {
		if route == List {
			_ = users.Delete("usr_0000001")
		}
	}})
	if ids := idsIn(t, get(t, s, ""), "users"); len(ids) != 3 || users.Len() != 2 {
		t.Errorf("got %v, %d left", ids, users.Len())
	}
}

// TestMillion lists the end of a population that nobody could hold as JSON.
func TestMillion(t *testing.T) {
	t.Parallel()
	s := New("authon", Options{Users: 1_000_000, MaxPage: 1000})
	ids := idsIn(t, get(t, s, "?page=1000&limit=1000"), "data")
	if len(ids) != 1000 || ids[999] != "usr_0999999" {
		t.Errorf("%d users", len(ids))
	}
	if held := len(s.Users().changed); held != 0 {
		t.Errorf("%d users are held", held)
	}
}

func BenchmarkPage(b *testing.B) {
	for _, name := range []string{"authon", "node_auth", "authpi"} {
		b.Run(name, func(b *testing.B) {
			s := New(name, Options{Users: 1_000_000, MaxPage: 1000})
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.Path()+"?limit=1000", nil)
			if err != nil {
				b.Fatal(err)
			}
			authenticate(s, r)
			b.ReportAllocs()
			for b.Loop() {
				s.ServeHTTP(discard{http.Header{}}, r)
			}
			b.ReportMetric(float64(s.Counts().Users)/b.Elapsed().Seconds(), "users/s")
		})
	}
}

// discard is a writer that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
