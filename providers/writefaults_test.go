package providers

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	usersync "usersync/sync"
)

const (
	postAnn = `POST /v1/backend/users {"email":"ann@example.com","externalId":"app-1"}`
	getAnn  = `GET /v1/backend/users/by-external-id/app-1`
)

// A create is repeated only where that cannot make a second user.
func TestCreateIsRepeatedWithCare(t *testing.T) {
	t.Parallel()
	ok, nobody := saying(201, authonAnn), saying(404, `{"statusCode":404}`)
	taken := saying(409, `{"statusCode":409,"message":"externalId already exists","error":"Conflict"}`)
	for name, c := range map[string]struct {
		answers []http.HandlerFunc
		want    []string
		err     string // "" is a success
	}{
		"answered":                     {[]http.HandlerFunc{ok}, []string{postAnn}, ""},
		"too many":                     {[]http.HandlerFunc{status(429, "Retry-After", "0"), status(429), ok}, []string{postAnn, postAnn, postAnn}, ""},
		"failed, and not made":         {[]http.HandlerFunc{status(500), nobody, ok}, []string{postAnn, getAnn, postAnn}, ""},
		"failed, and made":             {[]http.HandlerFunc{status(502), ok}, []string{postAnn, getAnn}, ""},
		"cut off":                      {[]http.HandlerFunc{half(authonAnn), ok}, []string{postAnn, getAnn}, ""},
		"broken JSON":                  {[]http.HandlerFunc{saying(201, authonAnn[:20]), ok}, []string{postAnn, getAnn}, ""},
		"shows nobody":                 {[]http.HandlerFunc{saying(201, `{"success":true}`), ok}, []string{postAnn, getAnn}, ""},
		"made late":                    {[]http.HandlerFunc{status(500), nobody, taken, ok}, []string{postAnn, getAnn, postAnn, getAnn}, ""},
		"another's from the start":     {[]http.HandlerFunc{taken}, []string{postAnn}, "refuses the data (409 Conflict): Conflict, about external_id"},
		"looking fails for a while":    {[]http.HandlerFunc{status(500), status(503), ok}, []string{postAnn, getAnn, getAnn}, ""},
		"never in order":               {[]http.HandlerFunc{status(500), nobody, status(500), nobody, status(500), nobody, status(500)}, []string{postAnn, getAnn, postAnn, getAnn, postAnn, getAnn, postAnn}, "may have been created all the same"},
		"refused after a failure":      {[]http.HandlerFunc{status(500), nobody, saying(400, `{"message":"email must be an email"}`)}, []string{postAnn, getAnn, postAnn}, "(400 Bad Request), about email"},
		"the key was taken away":       {[]http.HandlerFunc{status(401)}, []string{postAnn}, "401 Unauthorized: check api.key"},
		"there is no such path":        {[]http.HandlerFunc{nobody}, []string{postAnn}, "404 Not Found: check api.url and api.params"},
		"a redirect is not gone after": {[]http.HandlerFunc{status(307, "Location", "/other")}, []string{postAnn}, "a redirect, which is not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := writing(t, "authon", c.answers...)
			made, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`, "external_id", "app-1"))
			if c.err == "" && (err != nil || made.UserID != "usr_1") {
				t.Errorf("%+v, %v", made, err)
			}
			if c.err != "" {
				wantError(t, err, c.err)
				wantError(t, err, "creating a user of authon: ")
				if strings.Contains(err.Error(), "ann@") || made.UserID != "" {
					t.Errorf("%v, %+v", err, made)
				}
			}
			s.want(t, c.want...)
		})
	}
}

// Without an external id and a key nobody knows what was made.
func TestUncertainCreate(t *testing.T) {
	t.Parallel()
	const post = `POST /v1/backend/users {"email":"ann@example.com"}`
	for name, c := range map[string]struct {
		answers   []http.HandlerFunc
		uncertain bool
	}{
		"failed":       {[]http.HandlerFunc{status(500)}, true},
		"cut off":      {[]http.HandlerFunc{half(authonAnn)}, true},
		"hung up":      {[]http.HandlerFunc{func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }}, true},
		"shows nobody": {[]http.HandlerFunc{saying(201, "")}, true},
		"too many":     {[]http.HandlerFunc{status(429), status(429), status(429), status(429)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := writing(t, "authon", c.answers...)
			_, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`))
			var unavailable *UnavailableError
			if !errors.As(err, &unavailable) || unavailable.Uncertain != c.uncertain {
				t.Errorf("%v", err)
			}
			s.want(t, slices.Repeat([]string{post}, len(c.answers))...)
		})
	}
	w := writerAt(t, "authon", "http://127.0.0.1:1")
	_, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`))
	var unavailable *UnavailableError
	if !errors.As(err, &unavailable) || unavailable.Uncertain || !strings.Contains(err.Error(), "given up after 4 attempts") {
		t.Errorf("nobody listens: %v", err)
	}
}

// The same key at every attempt, and another one for another user.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	answer := saying(201, `{"id":"user_1"}`)
	w, s := writing(t, "authpi", status(500), half(`{"id":"user_1"}`), answer, answer, answer, answer, answer, answer, answer, answer)
	create := func(pairs ...string) {
		t.Helper()
		u := user(t, pairs...)
		u.IdempotencyKey, u.ExternalID = u.ExternalID, ""
		if _, err := w.Create(t.Context(), u); err != nil {
			t.Error(err)
		}
	}
	create("email", `"ann@example.com"`)
	create("email", `"ann@example.com"`)
	create("email", `"bob@example.com"`)
	create("email", `"bob@example.com"`, "external_id", "my-key")
	var keys []string
	_, header := s.requests()
	for _, h := range header {
		if key := h.Get("Idempotency-Key"); key != "" { // not the fetch behind a create
			keys = append(keys, key)
		}
	}
	if len(keys) != 6 || len(slices.Compact(slices.Clone(keys[:4]))) != 1 || keys[4] == keys[0] || len(keys[4]) < 20 || keys[5] != "my-key" {
		t.Errorf("%q", keys)
	}
	w, _ = writing(t, "authpi", status(500), status(500), status(500), status(500))
	_, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`))
	var unavailable *UnavailableError
	if !errors.As(err, &unavailable) || !unavailable.Uncertain {
		t.Errorf("%v", err)
	}
}

// Of an answer that refuses, only a code and the names of columns are shown.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const secretive = `ann@example.com and ` + apiKey
	for body, want := range map[string]string{
		`{"error":"conflict","error_description":"username is taken: ` + secretive + `"}`: "refuses the data (409 Conflict): conflict, about email",
		`{"error":"` + secretive + `"}`:               "refuses the data (409 Conflict)",
		`{"error":"ann@example.com"}`:                 "refuses the data (409 Conflict)",
		`{"error":["conflict"],"code":"E_1"}`:         "refuses the data (409 Conflict): E_1",
		`<html>` + secretive:                          "refuses the data (409 Conflict)",
		`{"error":{"status":"` + secretive + `"}}`:    "refuses the data (409 Conflict), about suspended",
		`{"error":"` + strings.Repeat("x", 41) + `"}`: "refuses the data (409 Conflict)",
		"": "refuses the data (409 Conflict)",
	} {
		w, _ := writing(t, "authpi", saying(409, body))
		_, err := w.Update(t.Context(), user(t, "id", "user_1", "email", `"ann@example.com"`))
		var refused *RefusedError
		if !errors.As(err, &refused) || !refused.Conflict() || err.Error() != "changing a user of authpi: the provider "+want {
			t.Errorf("%s\ngives %v", body, err)
		}
	}
	for code, is := range map[int]bool{400: true, 422: true, 413: true, 414: true, 403: false, 405: false} {
		w, _ := writing(t, "authpi", status(code))
		_, err := w.Update(t.Context(), user(t, "id", "user_1", "email", `"ann@example.com"`))
		var refused *RefusedError
		if errors.As(err, &refused) != is || strings.Contains(err.Error(), "--restart") {
			t.Errorf("%d: %v", code, err)
		}
	}
	w, _ := writing(t, "authpi", status(404))
	if _, err := w.Update(t.Context(), user(t, "id", "user_1", "email", `"a@b.c"`)); !errors.Is(err, ErrNoUser) {
		t.Error(err)
	}
}

// A redirect takes neither the key nor the user to another host.
func TestWritesAreNotRedirected(t *testing.T) {
	t.Parallel()
	var strangers atomic.Int64
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers.Add(1) }))
	t.Cleanup(stranger.Close)
	w, s := writing(t, "authon", status(307, "Location", stranger.URL), status(308, "Location", stranger.URL))
	_, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`))
	wantError(t, err, "a redirect, which is not followed")
	_, err = w.Update(t.Context(), user(t, "id", "u", "name", `"A"`))
	wantError(t, err, "a redirect, which is not followed")
	if asked, _ := s.requests(); strangers.Load() != 0 || len(asked) != 2 {
		t.Errorf("asked %d and %d times", strangers.Load(), len(asked))
	}
}

// The stored answer of an earlier request says what was true then: a ban since
// must not be undone by it.
func TestCreateDoesNotBelieveAReplay(t *testing.T) {
	t.Parallel()
	const stored = `{"id":"user_1","status":"active","updated_at":"2026-01-15T11:00:00.000Z"}`
	w, _ := writing(t, "authpi", saying(201, stored), saying(200, `{"id":"user_1","status":"suspended"}`))
	c, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`))
	if err != nil || c.Access != usersync.AccessBanned {
		t.Errorf("%+v, %v", c, err)
	}
	// Where the fetch fails the answer is an old fact; that somebody was made is
	// not lost.
	w, _ = writing(t, "authpi", saying(201, stored), status(404))
	c, err = w.Create(t.Context(), user(t, "email", `"ann@example.com"`))
	if want := usersync.MicrosOf(time.Date(2026, 1, 15, 11, 0, 0, 0, time.UTC)); err != nil || c.UserID != "user_1" || c.OccurredAt != want {
		t.Errorf("%+v, %v", c, err)
	}
}

// What failed behind a write says who was written, and why it failed.
func TestWhatFollowsAWrite(t *testing.T) {
	t.Parallel()
	ok := saying(200, authonAnn)
	for name, c := range map[string]struct {
		user    []string
		answers []http.HandlerFunc
		want    string
		shown   bool
	}{
		"made":    {[]string{"email", `"ann@example.com"`, "suspended", "true"}, []http.HandlerFunc{ok, status(401)}, "the user was made, but not banned: ", true},
		"changed": {[]string{"id", "usr_1", "name", `"A"`, "suspended", "true"}, []http.HandlerFunc{ok, status(401)}, "the user was changed, but not banned: ", true},
		"lifted":  {[]string{"id", "usr_1", "name", `"A"`, "suspended", "false"}, []http.HandlerFunc{ok, status(401)}, "the user was changed, but not unbanned: ", true},
		"unread":  {[]string{"id", "usr_1", "name", `"A"`}, []http.HandlerFunc{saying(200, "{}"), saying(200, `{"id":"usr_1","email":{}}`)}, "the user was written, but could not be read again: ", false},
		"banned":  {[]string{"id", "usr_1", "name", `"A"`, "suspended", "true"}, []http.HandlerFunc{ok, saying(204, ""), status(401)}, "the user was written, but could not be read again: ", false},
	} {
		w, _ := writing(t, "authon", c.answers...)
		u := user(t, c.user...)
		call := w.Create
		if u.ID != "" {
			call = w.Update
		}
		_, err := call(t.Context(), u)
		var written *WrittenError
		if !errors.As(err, &written) || written.UserID != "usr_1" || (written.User.UserID == "usr_1") != c.shown || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w, _ := writing(t, "authon", ok)
	if _, err := w.Update(t.Context(), user(t, "id", "usr_1", "name", `"A"`)); err != nil {
		t.Error(err)
	}
}

// Whoever is told to stop in the middle of a create hears that, not that the
// provider failed.
func TestInterruptedCreateKeepsItsCause(t *testing.T) {
	t.Parallel()
	stop := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	w, _ := writing(t, "authon", func(_ http.ResponseWriter, r *http.Request) {
		cancel(stop)
		<-r.Context().Done()
	})
	_, err := w.Create(ctx, user(t, "email", `"ann@example.com"`))
	var unavailable *UnavailableError
	if !errors.Is(err, stop) || !errors.As(err, &unavailable) || !unavailable.Uncertain {
		t.Errorf("%v", err)
	}
}

// What the provider shows of one user alone is told apart from an outage.
func TestFailuresOfOneUser(t *testing.T) {
	t.Parallel()
	large := `"` + strings.Repeat("x", maxAnswer) + `"`
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		oneUser bool
		status  int
	}{
		"another":   {saying(200, `{"id":"usr_2"}`), true, 0},
		"too large": {saying(200, large), true, 0},
		"forbidden": {status(403), false, 403},
		"no key":    {status(401), false, 401},
	} {
		w, _ := writing(t, "authon", c.answer)
		_, _, err := w.Find(t.Context(), user(t, "id", "usr_1"))
		if OneUser(err) != c.oneUser || StatusOf(err) != c.status || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A call that cannot have its turn in time is not told as an outage.
func TestOwnRateLimit(t *testing.T) {
	t.Parallel()
	w, s := writing(t, "authon", saying(200, authonAnn))
	w.limiter.SetLimit(0.001)
	w.limiter.SetBurst(1)
	w.limiter.Allow()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, _, err := w.Find(ctx, user(t, "id", "usr_1"))
	if failed := FailureOf(err); !failed.Passing || !strings.Contains(failed.Text, "our own api.rate_limit") {
		t.Errorf("%v: %+v", err, failed)
	}
	s.want(t)
}
