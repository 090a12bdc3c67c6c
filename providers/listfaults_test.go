package providers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/outbound"
	usersync "usersync/sync"
)

const onePage = `{"users":[{"id":"a","email":"a@example.com"}]}`

// answering answers the first requests by the handlers, and the rest rightly.
func answering(handlers ...http.HandlerFunc) http.HandlerFunc {
	n := &atomic.Int64{}
	return func(w http.ResponseWriter, r *http.Request) {
		if i := int(n.Add(1)) - 1; i < len(handlers) {
			handlers[i](w, r)
			return
		}
		fmt.Fprint(w, onePage)
	}
}

// status answers a code with HTML.
func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprintf(w, "<html>%s</html>", r.Header.Get("Authorization"))
	}
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

// cutOff promises more than it sends.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	fmt.Fprint(w, onePage[:20])
}

func slow(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusOK)
	fmt.Fprint(w, onePage[:10])
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

const pagePaging = "{page: {param: page, base: 1}}"

func TestFailuresThatPass(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"500": status(500), "502": status(502), "503": status(503, "Retry-After", "0"), "429": status(429),
		"429 with rubbish":   status(429, "Retry-After", "soon"),
		"429 with the past":  status(429, "Retry-After", "Thu, 15 Jan 2026 11:59:30 GMT", "Date", "Thu, 15 Jan 2026 12:00:00 GMT"),
		"cut by the network": cutOff, "cut on the way": body(onePage[:20]), "HTML": body("<html>"), "empty": body(""),
		"hung up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"slow":    slow,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n, asked := inMemory(t, answering(h))
				s := fastAPI("http://api.example")
				s.Timeout = 300 * time.Millisecond
				ids, err := all(t, n.lister(t, listed(t, pagePaging), s))
				if err != nil || len(ids) != 1 || asked.Load() != 2 {
					t.Errorf("%q, %v, asked %d times", ids, err, asked.Load())
				}
			})
		})
	}
}

func TestFailuresThatStay(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		h     http.HandlerFunc
		asked int64
	}{
		"GET /users: the provider answered 500 Internal Server Error (given up after 4 attempts)":                                                         {status(500), 4},
		"GET /users: the provider answered 429 Too Many Requests (given up after 4 attempts)":                                                             {status(429), 4},
		"the provider answered 429 Too Many Requests (another attempt is due in 2h0m0s, which is longer than is waited: run it again then)":               {status(429, "Retry-After", "7200"), 1},
		"the provider answered 503 Service Unavailable (another attempt is due in 277777h46m39s, which is longer than is waited: run it again then)":      {status(503, "Retry-After", "99999999999999999999"), 1},
		"GET /users: the provider answered 401 Unauthorized: check api.key":                                                                               {status(401), 1},
		"GET /users: the provider answered 403 Forbidden: check api.key":                                                                                  {status(403), 1},
		"GET /users: the provider answered 404 Not Found: check api.url and api.params":                                                                   {status(404), 1},
		"GET /users: the provider answered 400 Bad Request: check api.params":                                                                             {status(400), 1},
		"GET /users: the provider answered 501 Not Implemented: it has no such call":                                                                      {status(501), 1},
		"GET /users: the provider answered 499: ":                                                                                                         {status(499), 1},
		"GET /users: the provider answered 302 Found, a redirect, which is not followed: set api.url to where the API is (it points to http://x.example)": {status(302, "Location", "http://x.example/?k=1"), 1},
		"GET /users: the provider answered 307 Temporary Redirect, a redirect, which is not followed: set api.url":                                        {status(307, "Location", "/users/"), 1},
		"GET /users: the body ends in the middle of the JSON document (given up after 4 attempts)":                                                        {body(onePage[:20]), 4},
		"GET /users: an object has a name twice":                                                                                                          {body(`{"users":[{"id":"a","id":"b"}]}`), 4},
		"GET /users: unexpected EOF":                                                                                                                      {cutOff, 4},
		"GET /users: no complete answer within 50ms (given up after 4 attempts)":                                                                          {slow, 4},
		"GET /users: the answer is larger than 16 MiB: set api.page_size to less":                                                                         {body(`{"users":[],"x":"` + strings.Repeat("x", maxAnswer) + `"}`), 1},
		"the provider's clock is 49h0m0s ahead of ours: check the clock of this mach": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", "Sat, 17 Jan 2026 13:01:00 GMT")
			fmt.Fprint(w, onePage)
		}, 1},
	} {
		t.Run(want, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n, asked := inMemory(t, c.h)
				s := fastAPI("http://api.example")
				s.Timeout = 50 * time.Millisecond
				s.Clock = func() time.Time { return noon }
				_, err := all(t, n.lister(t, listed(t, pagePaging), s))
				wantError(t, err, want)
				wantError(t, err, "listing the users of custom: ")
				if asked.Load() != c.asked {
					t.Errorf("asked %d times, want %d", asked.Load(), c.asked)
				}
			})
		})
	}
}

func TestAListStopsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{"in a request": slow, "between two": status(429, "Retry-After", "60")} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n, _ := inMemory(t, h)
				l := n.lister(t, listed(t, pagePaging), fastAPI("http://api.example"))
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(100*time.Millisecond, cancel)
				from := time.Now()
				if _, err := l.Page(ctx, ""); !errors.Is(err, context.Canceled) || time.Since(from) != 100*time.Millisecond {
					t.Errorf("%v after %s", err, time.Since(from))
				}
				if _, err := l.Page(ctx, ""); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
		})
	}
}

// Pauses that a provider asks for are kept, and counted.
func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"seconds": status(429, "Retry-After", "1"),
		"reset":   status(429, "X-Rate-Limit-Reset", "1768478401", "Date", "Thu, 15 Jan 2026 12:00:00 GMT"),
		"date":    status(503, "Retry-After", "Thu, 15 Jan 2026 12:00:01 GMT", "Date", "Thu, 15 Jan 2026 12:00:00 GMT"),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n, asked := inMemory(t, answering(h))
				s := fastAPI("http://api.example")
				s.Budget = 1100 * time.Millisecond
				l := n.lister(t, listed(t, pagePaging), s)
				from := time.Now()
				if ids, err := all(t, l); err != nil || len(ids) != 1 || asked.Load() != 2 || time.Since(from) != time.Second {
					t.Errorf("%q, %v, asked %d times in %s", ids, err, asked.Load(), time.Since(from))
				}
				if left := time.Duration(l.budget.left.Load()); left != 100*time.Millisecond {
					t.Errorf("the budget still has %s", left)
				}
			})
		})
	}
}

// Of 429 also the headers tell that say when the limit begins anew.
func TestResetsOfLimits(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "7.2": 8 * time.Second, "7.0": 7 * time.Second, "1768478430": 30 * time.Second,
		"1768478430.25": 31 * time.Second, "1768478430000": 30 * time.Second, "1768478430001": 31 * time.Second, "1768478300": 0,
		"999999999": 999999999 * time.Second, "999999999999": outbound.MostPause, "99999999999999999999": outbound.MostPause,
		"-1": 0, "soon": 0, "7,8": 0, "7.x": 0, "1e3": 0,
	} {
		for _, name := range []string{"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"} {
			answer := &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{}}
			answer.Header.Set(name, written)
			if got := pauseOf(answer, noon); got != want {
				t.Errorf("%s: %q is %s, want %s", name, written, got, want)
			}
			answer.Header.Set("Retry-After", "3")
			if got := pauseOf(answer, noon); got != 3*time.Second {
				t.Errorf("beside Retry-After it is %s", got)
			}
			answer.Header.Del("Retry-After")
			if answer.StatusCode = http.StatusServiceUnavailable; pauseOf(answer, noon) != 0 {
				t.Errorf("503 waits for a limit")
			}
		}
	}
	answer := &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Date": {"Thu, 15 Jan 2026 12:00:50 GMT"}}}
	answer.Header.Set("X-RateLimit-Reset", "1768478460")
	if got := pauseOf(answer, noon); got != 10*time.Second {
		t.Errorf("by the provider's clock it is %s", got)
	}
}

func TestTheRateIsKept(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n, asked := inMemory(t, answering(status(500), status(500)))
		s := fastAPI("http://api.example")
		s.RateLimit = 10
		from := time.Now()
		l := n.lister(t, listed(t, pagePaging), s)
		if _, err := all(t, l); err != nil || asked.Load() != 3 || time.Since(from).Round(time.Millisecond) != 200*time.Millisecond {
			t.Errorf("%v: %d requests in %s", err, asked.Load(), time.Since(from))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := l.Page(ctx, ""); err == nil || asked.Load() != 3 {
			t.Errorf("a page before its turn: %v", err)
		}
	})
}

// A key is not sent to a server that cannot prove its name.
func TestAnUntrustedServerIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	url := tlsServer(t)
	_, err := all(t, listerOf(t, listed(t, pagePaging), fastAPI(url)))
	wantError(t, err, "certificate")
	if strings.Contains(err.Error(), "attempts") {
		t.Errorf("it was asked again: %v", err)
	}
	_, err = all(t, listerOf(t, listed(t, pagePaging), fastAPI("http://127.0.0.1:1")))
	wantError(t, err, "given up after 4 attempts")
}

// A user is stamped with the later of the page's instant and its own time.
func TestStamps(t *testing.T) {
	t.Parallel()
	const users = `{"users":[{"id":"old","updated":"2026-01-15T11:00:00.5Z"},{"id":"new","updated":"2026-01-15T11:59:59.5Z"},` +
		`{"id":"none"},{"id":"null","updated":null},{"id":"ahead","updated":"2026-01-15T12:10:00.000001Z"},` +
		`{"id":"bad","updated":"x"},{"id":"gone","state":"gone","off":true,"email":7},{"email":"nobody"},7,{"id":"e","email":{}}]}`
	for name, c := range map[string]struct {
		date string
		took time.Duration
		lag  time.Duration
		want string
	}{
		"fast":                   {"Thu, 15 Jan 2026 11:59:30 GMT", 0, 0, "2026-01-15T11:58:30.000000Z"},
		"slow":                   {"Thu, 15 Jan 2026 11:59:30 GMT", 2500 * time.Millisecond, 0, "2026-01-15T11:58:27.000000Z"},
		"other lag":              {"Thu, 15 Jan 2026 11:59:30 GMT", time.Second, 5 * time.Second, "2026-01-15T11:59:24.000000Z"},
		"no date":                {"", 1500 * time.Millisecond, 0, "2026-01-15T11:58:58.000000Z"},
		"no date that is one":    {"yesterday", 0, 0, "2026-01-15T11:59:00.000000Z"},
		"a clock that went back": {"Thu, 15 Jan 2026 11:59:30 GMT", -time.Hour, 0, "2026-01-15T11:58:30.000000Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serving(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				if c.date != "" {
					w.Header().Set("Date", c.date)
				}
				fmt.Fprint(w, users)
			})
			s := fastAPI(url)
			s.Lag = c.lag
			var asked atomic.Int64
			s.Clock = func() time.Time { // before the request, and after it
				if asked.Add(1) == 1 {
					return noon.Add(-c.took)
				}
				return noon
			}
			p := described(t, bearerAPI+`list: {path: /users, paging: {link: true}, size: {max: 2}, items: users, id: id, user: same}`)
			page, err := listerOf(t, p, s).Page(t.Context(), "")
			if err != nil || showMicros(page.Instant) != c.want {
				t.Fatalf("the instant is %s, want %s: %v", showMicros(page.Instant), c.want, err)
			}
			at := map[string]usersync.Micros{}
			for _, u := range page.Users {
				at[u.UserID] = u.OccurredAt
				if u.ReceivedAt != usersync.MicrosOf(noon) || u.Origin != usersync.OriginReconcile || u.Kind != usersync.KindUpdated {
					t.Errorf("%+v", u)
				}
			}
			for id, want := range map[string]string{"old": c.want, "none": c.want, "null": c.want, "gone": c.want, "new": "2026-01-15T11:59:59.500000Z"} {
				if showMicros(at[id]) != want {
					t.Errorf("%s is stamped %s, want %s", id, showMicros(at[id]), want)
				}
			}
			checkStampLetters(t, page)
		})
	}
}

func checkStampLetters(t *testing.T, page usersync.Page) {
	t.Helper()
	gone := page.Users[len(page.Users)-1]
	if gone.UserID != "gone" || gone.Life != usersync.LifeDeleted || !gone.Redact || gone.Access != usersync.AccessBanned {
		t.Errorf("%+v", gone)
	}
	var got []string
	for _, l := range page.Letters {
		got = append(got, l.UserID+" "+l.Reason)
		if l.Provider != "custom" || l.Origin != usersync.OriginReconcile || l.Headers[dateHeader] == "" || len(l.Payload) == 0 {
			t.Errorf("%+v", l)
		}
		if l.Reason == futureTime && showMicros(l.DueAt) != "2026-01-15T12:00:00.000001Z" {
			t.Errorf("due at %s", showMicros(l.DueAt))
		}
	}
	want := "ahead future_time, bad bad_time,  no_user_id,  bad_envelope, e bad_field"
	if strings.Join(got, ", ") != want {
		t.Errorf("the letters are %q", got)
	}
}
