package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// What an operator changes, and what is asked for then.
func TestAPIChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, target, body string
		status             int
		holds, asked       string
	}{
		{"retry by id", "/dead-letters/retry", `{"ids":[1,3,9]}`, 200, `{"dry_run":false,"failed":false,"counts":{"applied":1},"stays":[{"id":3,`, "retry"},
		{"retry names what is not there", "/dead-letters/retry", `{"ids":[1,9]}`, 200, `"missing":[9]`, "retry"},
		{"retry all", "/dead-letters/retry", `{"all":true}`, 200, `"counts":{"applied":2}`, "retry"},
		{"retry by scope", "/dead-letters/retry", `{"provider":"acme","reason":"refused","user_id":"u","since":"2026-01-01T00:00:00Z"}`, 200, `"why":"still refused"`, "retry"},
		{"retry of nothing", "/dead-letters/retry", `{}`, 422, "the body says not which letters", ""},
		{"retry of not all", "/dead-letters/retry", `{"all":false}`, 422, "say all: true", ""},
		{"retry without ids", "/dead-letters/retry", `{"ids":[]}`, 400, "ids: want at least one", ""},
		{"retry of words", "/dead-letters/retry", `{"ids":["1"]}`, 400, "ids: want a list of ids", ""},
		{"retry of null", "/dead-letters/retry", `{"provider":null}`, 400, "provider: want a text", ""},
		{"retry of 0", "/dead-letters/retry", `{"ids":[0]}`, 400, "ids: want at most 1000 numbers", ""},
		{"retry with a slip", "/dead-letters/retry", `{"id":[1]}`, 400, "did you mean ids?", ""},
		{"retry of a fraction", "/dead-letters/retry", `{"ids":[1.5]}`, 400, "ids:", ""},
		{"retry since yesterday", "/dead-letters/retry", `{"since":"yesterday"}`, 400, "since: want RFC 3339", ""},
		{"erase", "/users/erase", `{"provider":"acme","user_id":"usr_1","confirm":"usr_1"}`, 200, `"row":"blanked","row_held_by":[{"table":"orders"`, "erase usr_1"},
		{"erase where nobody is configured, but known", "/users/erase", `{"provider":"former","user_id":"usr_1","confirm":"usr_1"}`, 422, "provider: no provider of this name is configured", ""},
		{"erase without a second word", "/users/erase", `{"provider":"acme","user_id":"usr_1"}`, 400, "confirm: this is needed", ""},
		{"erase of another", "/users/erase", `{"provider":"acme","user_id":"usr_1","confirm":"usr_2"}`, 422, "confirm: this is not the user_id", ""},
		{"erase of nobody", "/users/erase", `{"provider":"acme","user_id":"","confirm":""}`, 400, "user_id: this is needed", ""},
		{"erase of a step in a path", "/users/erase", `{"provider":"acme","user_id":"..","confirm":".."}`, 400, "user_id: a user id is neither", ""},
		{"erase of NUL", "/users/erase", `{"provider":"acme","user_id":"a\u0000","confirm":"a\u0000"}`, 400, "user_id: want no control characters", ""},
		{"start", "/runs", `{"provider":"acme","kind":"reconcile"}`, 202, `"state":"running"`, "start reconcile of acme"},
		{"start of what has no list", "/runs", `{"provider":"mute","kind":"backfill"}`, 422, "provider: it has no list", ""},
		{"start of nobody's", "/runs", `{"provider":"x","kind":"backfill"}`, 422, "provider: no provider of this name", ""},
		{"start of pruning", "/runs", `{"provider":"acme","kind":"prune"}`, 400, "kind: want one of backfill, plan, reconcile", ""},
		{"start of nothing", "/runs", `{"provider":"acme"}`, 400, "kind: this is needed", ""},
		{"a list", "/runs", `[]`, 400, "the body is no JSON object", ""},
		{"two documents", "/runs", `{"provider":"acme","kind":"plan"}{}`, 400, "", ""},
		{"a name twice", "/runs", `{"provider":"acme","kind":"plan","kind":"backfill"}`, 400, "", ""},
		{"half a document", "/runs", `{"provider":`, 400, "", ""},
		{"too large", "/runs", `{"provider":"` + strings.Repeat("x", 70<<10) + `"}`, 413, "the body is too large", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFakeDesk()
			f.stays = func(id int64) bool { return id == 3 }
			s := newAPISite(t, f)
			answer := s.do(http.MethodPost, c.target, c.body)
			if answer.Code != c.status || !strings.Contains(answer.Body.String(), c.holds) || f.asked() != c.asked {
				t.Errorf("%d %s and asked for %q, want %d, %s and %q", answer.Code, answer.Body, f.asked(), c.status, c.holds, c.asked)
			}
			if location := answer.Header().Get("Location"); (c.status == 202) != (location == "/api/v1/runs/4") {
				t.Errorf("location %q", location)
			}
		})
	}
}

// A body that a page in a browser could send is refused, as is one that is packed.
func TestAPITakesJSONOnly(t *testing.T) {
	t.Parallel()
	f := newFakeDesk()
	s := newAPISite(t, f)
	for _, target := range []string{"/runs", "/users/erase", "/dead-letters/retry"} {
		for _, header := range [][2]string{{"Content-Type", "text/plain"}, {"Content-Type", "-"}, {"Content-Type", "application/x-www-form-urlencoded"}, {"Content-Encoding", "gzip"}} {
			if answer := s.do(http.MethodPost, target, `{"all":true}`, header[0], header[1]); answer.Code != http.StatusUnsupportedMediaType {
				t.Errorf("%s with %v: %d", target, header, answer.Code)
			}
		}
	}
	if f.asked() != "" {
		t.Error(f.asked())
	}
}

// Why a run cannot be begun is told apart.
func TestAPIStartFails(t *testing.T) {
	t.Parallel()
	for want, fault := range map[int]error{409: desk.ErrBusy, 422: desk.ErrUnknownProvider, 503: errors.New("the daemon is stopping")} {
		f := newFakeDesk()
		f.starts = fault
		answer := newAPISite(t, f).do(http.MethodPost, "/runs", `{"provider":"acme","kind":"plan"}`)
		if answer.Code != want || !strings.Contains(answer.Body.String(), fault.Error()) {
			t.Errorf("%v: %d %s", fault, answer.Code, answer.Body)
		}
	}
}

// A retry that takes longer than a call may says how far it came; one that meets a
// trouble before it has done anything is a failed call.
func TestAPIRetryIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFakeDesk()
		for id := int64(4); id <= 100; id++ {
			f.letters = append(f.letters, usersync.StoredLetter{ID: id, DeadLetter: usersync.DeadLetter{Provider: "acme"}})
		}
		f.slow = func(ctx context.Context) error {
			select {
			case <-time.After(1100 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		s := newAPISite(t, f)
		began := time.Now()
		answer := s.do(http.MethodPost, "/dead-letters/retry", `{"all":true}`)
		if answer.Code != 200 || !strings.Contains(answer.Body.String(), `"failed":true,"left":true,"counts":{"applied":9}`) || time.Since(began) > 11*time.Second {
			t.Errorf("%d %s after %v", answer.Code, answer.Body, time.Since(began))
		}
		f.slow = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		if answer := s.do(http.MethodPost, "/dead-letters/retry", `{"all":true}`); answer.Code != 503 || !strings.Contains(answer.Body.String(), "in time") {
			t.Errorf("%d %s", answer.Code, answer.Body)
		}
	})
}

// Of thousands that stay a thousand are listed, and the others counted.
func TestAPIRetryListsSome(t *testing.T) {
	t.Parallel()
	f := newFakeDesk()
	f.stays = func(int64) bool { return true }
	for id := int64(4); id <= 2500; id++ {
		f.letters = append(f.letters, usersync.StoredLetter{ID: id, FirstSeen: deskTime, DeadLetter: usersync.DeadLetter{Provider: "acme", ReceivedAt: deskTime}})
	}
	answer := newAPISite(t, f).do(http.MethodPost, "/dead-letters/retry", `{"all":true}`)
	if body := answer.Body.String(); answer.Code != 200 || strings.Count(body, `"why"`) != 1000 || !strings.Contains(body, `"stays_unnamed":1500`) {
		t.Errorf("%d, %d are listed", answer.Code, strings.Count(body, `"why"`))
	}
}

// Who watches a run hears of its next change, or of nothing when the time is over.
func TestAPIWatch(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFakeDesk()
		s := newAPISite(t, f)
		f.change(2, func(r *usersync.RunRecord) { r.Outcome, r.Finished = "", 0 })
		for _, step := range []struct {
			how   func(*usersync.RunRecord)
			holds string
			took  time.Duration
		}{
			{func(r *usersync.RunRecord) { r.Counts.Users = 7 }, `"users":7`, 3500 * time.Millisecond},
			{func(r *usersync.RunRecord) { r.Seen++ }, `"state":"running"`, 20 * time.Second},
			{func(r *usersync.RunRecord) { r.Outcome = usersync.RunHeld }, `"state":"held"`, 3500 * time.Millisecond},
			{func(*usersync.RunRecord) {}, `"state":"held"`, 0},
		} {
			time.AfterFunc(3100*time.Millisecond, func() { f.change(2, step.how) })
			began := time.Now()
			answer := s.get("/runs/2?wait=20s")
			if took := time.Since(began); answer.Code != 200 || !strings.Contains(answer.Body.String(), step.holds) || took != step.took {
				t.Errorf("%d %s after %v, want %s after %v", answer.Code, answer.Body, took, step.holds, step.took)
			}
		}
		time.Sleep(time.Minute)
	})
}

// A daemon that stops sends those home who watch, and too many do not wait.
func TestAPIWatchEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFakeDesk()
		f.change(2, func(r *usersync.RunRecord) { r.Outcome = "" })
		w, _, admin := newHandlers(settings{token: secret.New(adminToken), desk: f.desk()})
		watch := func() (took time.Duration) {
			began := time.Now()
			answer := call(admin, http.MethodGet, "/api/v1/runs/2?wait=30s", "", map[string]string{"Authorization": "Bearer " + adminToken})
			if answer.Code != 200 {
				t.Errorf("%d %s", answer.Code, answer.Body)
			}
			return time.Since(began)
		}
		ended := make(chan time.Duration)
		for range 64 {
			go func() { ended <- watch() }()
		}
		time.Sleep(time.Second)
		if took := watch(); took != 0 {
			t.Errorf("one too many waited %v", took)
		}
		w.health.Drain()
		for range 64 {
			if took := <-ended; took > 2*time.Second {
				t.Errorf("a watcher waited %v", took)
			}
		}
	})
}

// At most two calls change something at once; who waits in vain is told.
func TestAPIWorksInTurn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := newFakeDesk()
		f.slow = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		s := newAPISite(t, f)
		codes := make(chan int)
		for range 3 {
			go func() { codes <- s.do(http.MethodPost, "/dead-letters/retry", `{"all":true}`).Code }()
		}
		for range 3 {
			// The third may have waited in vain, at the moment at which the others end.
			if code := <-codes; code != 503 && code != 429 {
				t.Error(code)
			}
		}
		if n := strings.Count(f.asked(), "retry"); n != 2 && n != 3 {
			t.Error(fmt.Sprint("retries: ", n))
		}
	})
}
