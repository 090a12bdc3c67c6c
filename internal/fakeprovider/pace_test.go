package fakeprovider

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New("authon", Options{Users: 3, Latency: 50 * time.Millisecond})
		s.Inject(Trouble{Fault: Slow, Delay: time.Second, Match: Query("page", "2")})
		for query, took := range map[string]time.Duration{"?page=1": 50 * time.Millisecond, "?page=2": 1050 * time.Millisecond} {
			start := time.Now()
			got := get(t, s, query)
			if time.Since(start) != took || got.Header().Get("Date") != time.Now().UTC().Format(http.TimeFormat) {
				t.Errorf("%s took %v, want %v, dated %s", query, time.Since(start), took, got.Header().Get("Date"))
			}
		}
	})
}

func TestClientLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New("authon", Options{Users: 3, Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, s.Path(), nil)
		authenticate(s, r)
		start := time.Now()
		s.ServeHTTP(httptest.NewRecorder(), r)
		if counts := s.Counts(); time.Since(start) != time.Second || counts.Users != 0 || len(counts.Statuses) != 0 {
			t.Errorf("%v after %v", counts, time.Since(start))
		}
	})
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New("node_auth", Options{Users: 100, Latency: time.Second})
		var group sync.WaitGroup
		for range 7 {
			group.Go(func() { get(t, s, "?limit=10") })
		}
		group.Wait()
		get(t, s, "/usr_0000001")
		get(t, s, "/usr_0000001")
		get(t, s, "/usr_0000099")
		counts := s.Counts()
		if counts.MaxInFlight != 7 || counts.Requests[List] != 7 || counts.Requests[Fetch] != 3 || counts.Statuses[200] != 10 ||
			counts.Users != 73 || counts.Distinct != 11 {
			t.Errorf("got %+v", counts)
		}
		for id, times := range map[string]int{"usr_0000001": 9, "usr_0000009": 7, "usr_0000010": 0, "usr_0000099": 1, "nobody": 0} {
			if got := s.Served(id); got != times {
				t.Errorf("%s: served %d times, want %d", id, got, times)
			}
		}
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New("authpi", Options{Users: 3, Rate: 5})
		passed := func(requests int) (n int) {
			for range requests {
				got := get(t, s, "")
				if got.Code == http.StatusOK {
					n++
					continue
				}
				if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "1" || got.Header().Get("Content-Type") != typeHTML {
					t.Errorf("got %d %v", got.Code, got.Header())
				}
			}
			return n
		}
		if n := passed(8); n != 5 || s.Counts().Limited != 3 {
			t.Errorf("%d of 8 passed, %d limited", n, s.Counts().Limited)
		}
		time.Sleep(400 * time.Millisecond)
		if n := passed(3); n != 2 {
			t.Errorf("%d passed after 0.4 s", n)
		}
		time.Sleep(time.Hour)
		if n := passed(9); n != 5 {
			t.Errorf("%d passed after an hour", n)
		}
		s.SetRate(0)
		if n := passed(20); n != 20 {
			t.Errorf("%d of 20 passed without a limit", n)
		}
	})
}
