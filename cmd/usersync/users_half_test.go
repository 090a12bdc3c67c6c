package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	usersync "usersync/sync"
)

// What the provider cannot do in the second step is refused before the first.
func TestAppMakesNobodyWhomItCannotBan(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	s.ask("POST", "authpi", `{"email":"ada@example.com","suspended":true,"suspended_reason":"spam"}`).
		says(http.StatusUnprocessableEntity, "authpi cannot write suspended_reason")
	if n := s.authpi.Counts().Requests[fakeprovider.Create]; n != 0 {
		t.Errorf("%d users were made", n)
	}
}

// A user who was made or changed is named, nothing suggests to repeat the call,
// and the row has what was done.
func TestAppIsToldOfHalfACall(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		s.ask("POST", "authon/usr_0000001/ensure", "").want(http.StatusOK, nil)
		s.authon.Inject(fakeprovider.Trouble{Fault: fakeprovider.TooMany, Delay: 40 * time.Second, Route: fakeprovider.Ban})
		made := s.ask("POST", "authon", `{"email":"ada@example.com","suspended":true}`)
		made.says(http.StatusFailedDependency, "the user was made, but not banned: the provider answered 429")
		changed := s.ask("PATCH", "authon/usr_0000001", `{"name":"Changed","suspended":true}`)
		changed.says(http.StatusFailedDependency, "the user was changed, but not banned: the provider answered 429")
		for _, got := range []reply{made, changed} {
			if got.retryAfter != "" || strings.Contains(got.text, "ask again") {
				t.Errorf("it suggests to repeat the call: %s", got.text)
			}
			row, known, err := s.db.User(t.Context(), usersync.UserKey{Provider: "authon", UserID: got.id()})
			if err != nil || !known || row.Suspended || got.id() == "usr_0000001" && *row.Name != "Changed" {
				t.Errorf("%+v, %v", row, err)
			}
		}
	})
}

// The provider has banned the user, and only the table refuses that.
func TestAppIsToldWhoRefusedTheBan(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	if _, err := s.raw().ExecContext(t.Context(), "CREATE TRIGGER no BEFORE UPDATE ON users WHEN NEW.suspended BEGIN SELECT RAISE(ABORT, 'the app says no'); END"); err != nil {
		t.Fatal(err)
	}
	got := s.ask("POST", "authon", `{"email":"ada@example.com","suspended":true}`)
	got.says(http.StatusConflict, "the provider has written the user: the users table refused the row")
	if user, known := s.authon.Users().Get(got.id()); !known || !user.Banned() {
		t.Errorf("%+v", user)
	}
}

// What cannot be read after it was written is a dead letter, and names the user.
func TestAppKeepsWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	s := behindProxy(t, "authon", func(s *appSite, w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/usr_0000001") {
			fmt.Fprint(w, `{"id":"usr_0000001","displayName":{}}`)
			return
		}
		s.authon.ServeHTTP(w, r)
	})
	got := s.ask("PATCH", "authon/usr_0000001", `{"name":"n"}`)
	got.says(http.StatusFailedDependency, "the user was written, but could not be read again")
	letters, err := s.db.DeadLetters(t.Context(), 10)
	if err != nil || len(letters) != 1 || got.id() != "usr_0000001" {
		t.Errorf("%+v, %v", letters, err)
	}
}

// Providers answer a repeated idempotency key with what they answered then: a
// ban since stays one.
func TestAppRepeatsACreateOfSomebodyBanned(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	kept := map[string]*httptest.ResponseRecorder{}
	s := behindProxy(t, "authpi", func(s *appSite, w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			s.authpi.ServeHTTP(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if kept[key] == nil {
			kept[key] = httptest.NewRecorder()
			s.authpi.ServeHTTP(kept[key], r)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(kept[key].Code)
		_, _ = w.Write(kept[key].Body.Bytes()) // the client's loss
	})
	const body = `{"email":"ada@example.com","name":"Ada"}`
	id := s.ask("POST", "authpi", body).want(http.StatusCreated, nil).id()
	s.ask("PATCH", "authpi/"+id, `{"suspended":true}`).want(http.StatusOK, map[string]any{"suspended": true})
	time.Sleep(1100 * time.Millisecond) // the Date of the stored answer is later than the ban
	s.ask("POST", "authpi", body).want(http.StatusCreated, map[string]any{"suspended": true, "provider_user_id": id})
}

// behindProxy starts a daemon that reaches one provider through a handler.
func behindProxy(t *testing.T, provider string, handle func(s *appSite, w http.ResponseWriter, r *http.Request)) *appSite {
	t.Helper()
	databaseURL := databaseURLs["sqlite"](t)
	s, file := configureProxied(t, databaseURL, provider, handle)
	s.serve(startConfigured(t, file, databaseURL))
	return s
}

// configureProxied is configureApp with one provider reached through a handler.
func configureProxied(t *testing.T, databaseURL, provider string, handle func(s *appSite, w http.ResponseWriter, r *http.Request)) (s *appSite, file string) {
	t.Helper()
	s, file = configureApp(t, databaseURL, nil)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(s, w, r) }))
	t.Cleanup(proxy.Close)
	rewrite(t, file, func(text string) string {
		begin := strings.Index(text, "    type: "+provider+"\n")
		begin += strings.Index(text[begin:], "url: '") + len("url: '")
		return text[:begin] + proxy.URL + text[begin+strings.IndexByte(text[begin:], '\''):]
	})
	return s, file
}

// An id that would be a step in an address is the app's mistake.
func TestAppSendsAnIDOfDots(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	for _, got := range []reply{
		s.ask("PATCH", "authon/%2e%2e", `{"name":"n"}`),
		s.ask("POST", "authon/%2e%2e/ensure", ""),
		s.ask("POST", "authon", `{"email":"ada@example.com","external_id":".."}`),
	} {
		if got.status != http.StatusBadRequest {
			t.Errorf("%d %s", got.status, got.text)
		}
	}
	if len(s.authon.Counts().Requests) != 0 {
		t.Errorf("the provider was asked: %v", s.authon.Counts().Requests)
	}
}

// To clear an e-mail that is not there takes no login name away.
func TestAppClearsNoLogin(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	user, err := s.authpi.Users().Add(fakeprovider.User{Username: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	s.ask("PATCH", "authpi/"+user.ID, `{"email":null}`).says(http.StatusUnprocessableEntity, "authpi cannot clear email")
	if user, _ := s.authpi.Users().Get(user.ID); user.Username != "ann" {
		t.Errorf("%+v", user)
	}
}
