package main

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/internal/pgtest"
)

// A worker claims at most so many users at a time, and works at so many at once.
const (
	claimedAtOnce = 32
	flyingAtOnce  = 8
)

// deliverThin posts one thin event for each of the users, to the daemons in
// turn.
func deliverThin(t *testing.T, users int, daemons ...*running) {
	t.Helper()
	var senders sync.WaitGroup
	for s := range 16 {
		senders.Go(func() {
			for i := s; i < users; i += 16 {
				thinEvent(t, daemons[i%len(daemons)], "user.created", fmt.Sprintf("usr_%07d", i), fmt.Sprint("evt_", i))
			}
		})
	}
	senders.Wait()
}

// Two replicas share the work: each user is fetched once. Where an event comes
// while its user is being fetched there would be a second time, so all bounds
// here are exact: one event each.
func TestReplicasShareHydrations(t *testing.T) {
	t.Parallel()
	const users = 2000
	databaseURL := pgtest.New(t)
	site := newAuthPISite(t, fakeprovider.Options{Users: users, Latency: 20 * time.Millisecond}, "")
	file := configure(t, databaseURL, "authpi", site.settings)
	one := startConfigured(t, file, databaseURL)
	two := startConfigured(t, file, databaseURL)
	deliverThin(t, users, one, two)
	until(t, func() bool { return profiles(t, databaseURL) == users }, func() string {
		return fmt.Sprintf("%d of %d profiles\n%s\n%s", profiles(t, databaseURL), users, one.log, two.log)
	})
	untilNobodyWaits(t, databaseURL) // by then the last are counted
	counts := site.api.Counts()
	a, b := fetchedBy(t, one), fetchedBy(t, two)
	t.Logf("%d requests for %d users, %d and %d by each, %d in flight", counts.Requests[fakeprovider.Fetch], users, a, b, counts.MaxInFlight)
	if n := counts.Requests[fakeprovider.Fetch]; n != users || a+b != users {
		t.Errorf("%d requests, %d and %d applied", n, a, b)
	}
	if min(a, b) < users/10 {
		t.Errorf("they do not share: %d and %d", a, b)
	}
	if counts.MaxInFlight > 2*flyingAtOnce {
		t.Errorf("%d in flight", counts.MaxInFlight)
	}
}

// kill -9 of one of two: what it had claimed is fetched by the other, once the
// loan is over. Only that is fetched twice.
func TestHydrationsOfAKilledReplica(t *testing.T) {
	t.Parallel()
	const users = 1000
	databaseURL := pgtest.New(t)
	site := newAuthPISite(t, fakeprovider.Options{Users: users, Latency: 20 * time.Millisecond}, "")
	file := configure(t, databaseURL, "authpi", site.settings)
	killed := startProcess(t, file, databaseURL)
	other := startProcess(t, file, databaseURL)
	deliverThin(t, users, &killed.running, &other.running)
	until(t, func() bool { return profiles(t, databaseURL) > users/10 }, killed.log.String)
	if code := killed.end(syscall.SIGKILL); code != -1 {
		t.Errorf("exit code %d", code)
	}
	until(t, func() bool { return profiles(t, databaseURL) >= users-claimedAtOnce }, func() string {
		return fmt.Sprintf("%d of %d profiles\n%s", profiles(t, databaseURL), users, other.log)
	})
	pool, err := sql.Open("pgx", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	// As if a minute had passed, once: the other's loans are over then too.
	if _, err := pool.ExecContext(t.Context(), "UPDATE usersync.hydrations SET due_at = due_at - interval '1 minute'"); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return profiles(t, databaseURL) == users }, func() string { return fmt.Sprintf("%d of %d profiles\n%s", profiles(t, databaseURL), users, other.log) })
	requests := site.api.Counts().Requests[fakeprovider.Fetch]
	t.Logf("%d requests for %d users", requests, users)
	if requests > users+2*claimedAtOnce { // what the killed one had claimed; and, because we turn the clock, the other
		t.Errorf("%d requests for %d users", requests, users)
	}
	untilNobodyWaits(t, databaseURL)
}

// SIGHUP exchanges the fetchers: what could not be fetched with the old key is
// with the new one.
func TestReloadExchangesTheFetchers(t *testing.T) {
	t.Parallel()
	databaseURL := databaseURLs["sqlite"](t)
	site := newAuthPISite(t, fakeprovider.Options{Users: 3}, "")
	file := configure(t, databaseURL, "authpi", strings.Replace(site.settings, site.api.Key(), "key:old", 1))
	daemon := startProcess(t, file, databaseURL)
	thinEvent(t, &daemon.running, "user.created", "usr_0000001", "e1")
	daemon.awaitLog("check api.key", 1)
	rewrite(t, file, func(text string) string { return strings.Replace(text, "key:old", site.api.Key(), 1) })
	daemon.hangup()
	daemon.awaitLog(`"reloaded"`, 1)
	untilRow(t, &daemon.running, daemon.inspect(), "usr_0000001", hasEmail("user0000001@example.com"))
	untilNobodyWaits(t, databaseURL)
	// Without an API nobody is entered any more.
	rewrite(t, file, func(text string) string { return text[:strings.Index(text, ", api:")] + "}\n" })
	daemon.hangup()
	daemon.awaitLog(`"reloaded"`, 2)
	thinEvent(t, &daemon.running, "user.created", "usr_0000002", "e2")
	if waiting := queue(t, databaseURL); waiting != 0 {
		t.Errorf("%d entered without an API", waiting)
	}
	if code := daemon.stop(); code != exitOK {
		t.Errorf("exit code %d:\n%s", code, daemon.log)
	}
}

// check and serve say what cannot be fetched and what to configure.
func TestHydrationIsExplained(t *testing.T) {
	t.Parallel()
	for settings, says := range map[string]string{
		"":                                       "api.url: expected the provider's database, postgres://user@host/database",
		"api: {url: 'postgres://u@127.0.0.1/a'}": "are fetched: authara",
	} {
		databaseURL := databaseURLs["sqlite"](t)
		file := configure(t, databaseURL, "authara", settings)
		daemon := startConfigured(t, file, databaseURL) // whether or not anything listens there
		code, out, errs := daemon.run("check")
		if code != exitOK || !strings.Contains(out, says) || strings.Contains(out, "FAILED") {
			t.Errorf("%q: exit code %d\n%s%s", settings, code, out, errs)
		}
		if warns := strings.Contains(daemon.log.String(), "carry only the user's id"); warns != (settings == "") {
			t.Errorf("%q: the log:\n%s", settings, daemon.log)
		}
		autharaEvent(t, daemon, "user.created", "0b4c0f6e-54a1-4f0e-9d0c-111111111111")
		if waiting := queue(t, databaseURL); waiting != map[bool]int{true: 0, false: 1}[settings == ""] {
			t.Errorf("%q: %d waiting", settings, waiting)
		}
	}
	site := newAuthPISite(t, fakeprovider.Options{}, "")
	databaseURL := databaseURLs["sqlite"](t)
	file := configure(t, databaseURL, "authpi", strings.Replace(site.settings, "issuer_id", "#", 1)[:strings.Index(site.settings, ", issuer_id")]+"}}")
	code, out, _ := runProgram(t, "check", "--config", file)
	if code != exitOK || !strings.Contains(out, "WARN   hydration") || !strings.Contains(out, "api.params.issuer_id is missing") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A daemon that stops does not wait for a slow provider, and gives back what it
// was asking for: the next one asks at once.
func TestStopGivesFetchesBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newAuthPISite(t, fakeprovider.Options{Users: 3}, "")
		slow := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: time.Hour})
		file := configure(t, databaseURL, "authpi", site.settings)
		daemon := startConfigured(t, file, databaseURL)
		thinEvent(t, daemon, "user.created", "usr_0000001", "e1")
		until(t, func() bool { return slow.Count() == 1 }, daemon.log.String)
		began := time.Now()
		if code := daemon.stop(); code != exitOK { // and that it ends before the provider answers
			t.Errorf("exit code %d after %v:\n%s", code, time.Since(began), daemon.log)
		}
		// Lent to nobody until later, and due at once.
		at := now()
		if due, err := daemon.inspect().Hydrations().Claim(t.Context(), "authpi", at, at, 1); err != nil || len(due) != 1 {
			t.Errorf("the loan has to end: %+v, %v", due, err)
		}
		slow.Remove()
		next := startConfigured(t, file, databaseURL)
		untilRow(t, next, next.inspect(), "usr_0000001", hasEmail("user0000001@example.com"))
	})
}
