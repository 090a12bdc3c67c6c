package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/internal/pgtest"
)

// What cannot be done is said, with what to do about it.
func TestAppIsTold(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	s.ask("POST", "nobody/u/ensure", "").says(http.StatusNotFound, "no provider of this name")
	s.ask("POST", "authon_pro/u/ensure", "").says(http.StatusNotImplemented, "authon_pro")
	s.ask("PATCH", "authon_pro/u", `{"name":"n"}`).says(http.StatusNotImplemented, "authon_pro has no way to write users")
	s.ask("POST", "nokey/u/ensure", "").says(http.StatusNotImplemented, "api.key is missing")
	s.ask("POST", "nokey", `{"name":"n"}`).says(http.StatusNotImplemented, "api.key is missing")
	s.ask("POST", "authon", `{"username":"ada"}`).says(http.StatusUnprocessableEntity, "authon cannot write username")
	s.ask("POST", "authon", `{"name":"nobody has an e-mail"}`).says(http.StatusUnprocessableEntity, "refuses the data (400 Bad Request)")
	if rows := s.rows(); len(rows) != 0 {
		t.Errorf("%d rows", len(rows))
	}
	if requests := s.authon.Counts().Requests; requests[fakeprovider.Create] != 1 {
		t.Errorf("the provider was asked: %v", requests)
	}
}

// A provider that is away or will not have us is told apart, soon enough.
func TestAppMeetsProviderTrouble(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	during := func(trouble fakeprovider.Trouble, do func()) {
		t.Helper()
		injected := s.authon.Inject(trouble)
		start := time.Now() // the provider asks for 40 seconds
		do()
		injected.Remove()
		if took := time.Since(start); took >= 30*time.Second || injected.Count() == 0 {
			t.Errorf("%s: %s, struck %d times", trouble.Fault, took, injected.Count())
		}
	}
	const path, body = "authon/usr_0000001", `{"name":"n"}`
	during(fakeprovider.Trouble{Fault: fakeprovider.TooMany, Delay: 40 * time.Second}, func() {
		for _, got := range []reply{s.ask("POST", path+"/ensure", ""), s.ask("PATCH", path, body), s.ask("POST", "authon", `{"email":"a@example.com"}`)} {
			if got.says(http.StatusServiceUnavailable, "429"); got.retryAfter != "40" {
				t.Errorf("Retry-After: %q", got.retryAfter)
			}
		}
	})
	during(fakeprovider.Trouble{Fault: fakeprovider.Forbidden}, func() {
		s.ask("POST", path+"/ensure", "").says(http.StatusBadGateway, "check api.key")
		s.ask("PATCH", path, body).says(http.StatusBadGateway, "check api.key")
	})
	during(fakeprovider.Trouble{Fault: fakeprovider.Failure, Route: fakeprovider.Fetch}, func() {
		s.ask("POST", path+"/ensure", "").says(http.StatusServiceUnavailable, "500")
	})
	// Whether a user was made is unknown: nothing may suggest to ask again.
	during(fakeprovider.Trouble{Fault: fakeprovider.Severed, Route: fakeprovider.Create}, func() {
		got := s.ask("POST", "authon", `{"email":"ada@example.com"}`)
		if got.says(http.StatusBadGateway, "did not say whether"); got.retryAfter != "" {
			t.Errorf("Retry-After: %q", got.retryAfter)
		}
	})
	// One failure is made good without the app.
	during(fakeprovider.Trouble{Fault: fakeprovider.Failure, Times: 1}, func() {
		s.ask("POST", path+"/ensure", "").want(http.StatusOK, nil)
	})
	if rows := s.rows(); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
}

// While our database is away nothing is written at the provider.
func TestAppMeetsDatabaseTrouble(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := newAppSite(t, cluster.URL(), nil)
	if err := cluster.Down(); err != nil {
		t.Fatal(err)
	}
	for _, got := range []reply{
		s.ask("POST", "authon", `{"email":"ada@example.com"}`),
		s.ask("PATCH", "authon/usr_0000001", `{"name":"n"}`),
		s.ask("POST", "authon/usr_0000001/ensure", ""),
		s.ask("GET", "authon/usr_0000001/wait?timeout=1s", ""),
	} {
		if got.says(http.StatusServiceUnavailable, "database"); got.retryAfter == "" && got.row["provider_user_id"] == nil {
			t.Errorf("nothing says when to ask again: %s", got.text)
		}
	}
	if requests := s.authon.Counts().Requests; requests[fakeprovider.Create]+requests[fakeprovider.Change] != 0 {
		t.Errorf("the provider was written to: %v", requests)
	}
	if err := cluster.Up(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return s.ask("POST", "authon/usr_0000001/ensure", "").status == http.StatusOK }, func() string { return "it did not recover" })
}

// A user that was made although our database broke down meanwhile is named.
func TestAppLearnsWhoWasMade(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	if _, err := s.raw().ExecContext(t.Context(), "CREATE TRIGGER no BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'the app says no'); END"); err != nil {
		t.Fatal(err)
	}
	got := s.ask("POST", "authon", `{"email":"ada@example.com"}`)
	got.says(http.StatusConflict, "the users table refused the row")
	if user, known := s.authon.Users().Get(got.id()); !known || user.Email != "ada@example.com" || got.retryAfter != "" {
		t.Errorf("the answer names %v: %s", user, got.text)
	}
}

// Without a token nobody is let in, not even from this machine.
func TestAppNeedsToken(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), func(text string) string {
		return strings.Replace(text, ", token: "+appToken, "", 1)
	})
	s.ask("POST", "authon", `{"email":"ada@example.com"}`).says(http.StatusForbidden, "set admin.token")
	s.ask("POST", "authon/usr_0000001/ensure", "").says(http.StatusForbidden, "set admin.token")
	if len(s.rows()) != 0 || len(s.authon.Counts().Requests) != 0 {
		t.Error("something was done")
	}
}

// SIGHUP exchanges what the API asks, and cuts off no call.
func TestAppAfterReload(t *testing.T) {
	t.Parallel()
	fetching, proceed := make(chan struct{}), make(chan struct{})
	url := databaseURLs["sqlite"](t)
	s, file := configureProxied(t, url, "authon", func(s *appSite, w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/usr_0000001") {
			close(fetching)
			<-proceed
		}
		s.authon.ServeHTTP(w, r)
	})
	daemon := startProcess(t, file, url)
	s.serve(&daemon.running)
	begun := make(chan reply, 1)
	go func() { begun <- s.ask("POST", "authon/usr_0000001/ensure", "") }()
	<-fetching
	rewrite(t, s.configFile, func(text string) string { return strings.Replace(text, "nokey:", "renamed:", 1) })
	daemon.hangup()
	daemon.awaitLog(`"reloaded"`, 1)
	s.ask("POST", "nokey/u/ensure", "").says(http.StatusNotFound, "no provider of this name")
	s.ask("POST", "renamed/u/ensure", "").says(http.StatusNotImplemented, "api.key is missing")
	s.ask("POST", "authon/usr_0000002/ensure", "").want(http.StatusOK, nil)
	close(proceed)
	(<-begun).want(http.StatusOK, nil)
}
