package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/internal/logtest"
	"usersync/models"
	"usersync/providers"
)

// configureLetters writes a configuration with authon, and with waker, of whom
// hardly anything may lie ahead.
func configureLetters(t *testing.T, databaseURL, maxFuture string) (file string) {
	t.Helper()
	file = configure(t, databaseURL, "authon", "max_future: "+maxFuture)
	rewrite(t, file, func(text string) string {
		return text + "  waker: {type: authon, secrets: [" + testSecret("waker") + "], max_future: 1ms}\n"
	})
	return file
}

// ahead posts an event that happens in the future, as a sender with a fast clock
// would.
func (r *running) ahead(provider, user string, by time.Duration) string {
	r.t.Helper()
	header, body, err := r.providers[provider].Build("user.created", providers.Sample{UserID: user, Email: user + "@example.com", EventID: "of " + user, Time: time.Now().Add(by)})
	if err != nil {
		r.t.Fatal(err)
	}
	// the signature has a time of its own
	if err := r.providers[provider].Sign(header, body, time.Now()); err != nil {
		r.t.Fatal(err)
	}
	return r.outcomeOf(provider, header, body)
}

// allDue makes all letters due, as if their time had come, and wakes the worker
// by one that is due soon. It would look by itself too, but seldom.
func (r *running) allDue() {
	r.t.Helper()
	table := "usersync.dead_letters"
	if strings.HasPrefix(r.database, "sqlite:") {
		table = "usersync_dead_letters"
	}
	past := time.Now().Add(-time.Minute).UTC().Format("2006-01-02T15:04:05.000000Z")
	runStatements(r.t, r.database, "UPDATE "+table+" SET due_at = '"+past+"'")
	r.ahead("waker", "waker", 200*time.Millisecond)
}

func untilLetters(t *testing.T, r *running, holds func([]models.DeadLetter) bool) {
	t.Helper()
	db := r.inspect()
	var letters []models.DeadLetter
	until(t, func() bool {
		var err error
		if letters, err = db.DeadLetters(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		return holds(letters)
	}, func() string { return fmt.Sprintf("%+v\n%s", letters, r.log) })
}

// An event too far ahead is applied by itself once it is due, and no sooner.
func TestADueLetterIsAppliedByItself(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startConfigured(t, configureLetters(t, databaseURL, "1s"), databaseURL)
		db := daemon.inspect()
		if got := daemon.ahead("authon", "fast", time.Hour); got != "dead_letter" {
			t.Fatal(got)
		}
		// On a machine that hangs for a second it is not ahead any more.
		if got := daemon.ahead("authon", "soon", 2*time.Second); got != "dead_letter" && got != "applied" {
			t.Fatal(got)
		}
		untilRow(t, daemon, db, "soon", hasEmail("soon@example.com"))
		untilLetters(t, daemon, func(letters []models.DeadLetter) bool { return len(letters) == 1 })
		if l := daemon.listed().Letters[0]; l.UserID != "fast" || storedRow(t, db, "fast") != nil {
			t.Errorf("%+v", l)
		}
		if strings.Contains(daemon.log.String(), "example.com") {
			t.Errorf("the log:\n%s", daemon.log)
		}
	})
}

// When its time has come the app refuses it: it stays, and is due no more.
func TestADueLetterThatIsRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		file := configureLetters(t, databaseURL, "1s")
		before := startConfigured(t, file, databaseURL)
		if got := before.outcome("authon", "user.created", providers.Sample{UserID: "first", Email: "taken@example.com", EventID: "e", Time: time.Now()}); got != "applied" {
			t.Fatal(got)
		}
		runStatements(t, databaseURL, "CREATE UNIQUE INDEX app_unique ON users (email)")
		if got := before.ahead("authon", "taken", time.Hour); got != "dead_letter" {
			t.Fatal(got)
		}
		// To this one it is due for no other reason than that we say so.
		before.allDue()
		untilLetters(t, before, func(letters []models.DeadLetter) bool {
			return len(letters) == 1 && letters[0].DueAt.After(time.Now().Add(50*time.Minute)) && letters[0].Reason == "future_time"
		})
		if code := before.stop(); code != exitOK {
			t.Fatal(code)
		}
		rewrite(t, file, func(text string) string { return strings.Replace(text, "max_future: 1s", "max_future: 2h", 1) })
		daemon := startConfigured(t, file, databaseURL)
		daemon.allDue()
		untilLetters(t, daemon, func(letters []models.DeadLetter) bool { return len(letters) == 1 && letters[0].Reason == "refused" })
		if l := daemon.listed().Letters[0]; l.Due != nil || l.Seen != 1 || l.Origin != "live" || !l.FirstSeen.Equal(l.LastSeen) {
			t.Errorf("%+v", l)
		}
	})
}

// What was due while no daemon ran is applied by the next one, with the
// configuration of the last reload.
func TestDueLettersOutliveTheDaemon(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		file := configureLetters(t, databaseURL, "1s")
		killed := startProcess(t, file, databaseURL)
		for i := range 3 {
			if got := killed.ahead("authon", fmt.Sprint("usr_", i), time.Hour); got != "dead_letter" {
				t.Fatal(got)
			}
		}
		killed.end(syscall.SIGKILL)
		daemon := startProcess(t, file, databaseURL)
		rewrite(t, file, func(text string) string { return strings.Replace(text, "max_future: 1s", "max_future: 2h", 1) })
		daemon.hangup()
		daemon.awaitLog(`"reloaded"`, 1)
		daemon.allDue()
		untilLetters(t, &daemon.running, func(letters []models.DeadLetter) bool { return len(letters) == 0 })
		db := daemon.inspect()
		for i := range 3 {
			if storedRow(t, db, fmt.Sprint("usr_", i)) == nil {
				t.Errorf("usr_%d is not there", i)
			}
		}
		if code := daemon.stop(); code != exitOK {
			t.Errorf("exit code %d:\n%s", code, daemon.log)
		}
	})
}

// Two replicas share what is due; each event is applied once.
func TestReplicasShareDueLetters(t *testing.T) {
	t.Parallel()
	const users = 300
	databaseURL := databaseURLs["postgres"](t)
	file := configureLetters(t, databaseURL, "1s")
	one := startConfigured(t, file, databaseURL)
	for i := range users {
		if got := one.ahead("authon", fmt.Sprint("usr_", i), time.Hour); got != "dead_letter" {
			t.Fatal(got)
		}
	}
	if code := one.stop(); code != exitOK {
		t.Fatal(code)
	}
	rewrite(t, file, func(text string) string { return strings.Replace(text, "max_future: 1s", "max_future: 2h", 1) })
	two, three := startConfigured(t, file, databaseURL), startConfigured(t, file, databaseURL)
	two.allDue()
	three.ahead("waker", "another", 100*time.Millisecond)
	untilLetters(t, two, func(letters []models.DeadLetter) bool { return len(letters) == 0 })
	if rows := rowsIn(t, databaseURL, "users WHERE provider = 'authon' AND email IS NOT NULL"); rows != users {
		t.Errorf("%d rows", rows)
	}
	if claims := rowsIn(t, databaseURL, "usersync.processed_events WHERE provider = 'authon' AND outcome = 'applied' AND origin = 'replay'"); claims != users {
		t.Errorf("%d claims", claims)
	}
}

// A letter is applied when it is due, and not only when somebody looks.
func TestTheDaemonIsWokenByWhatItStores(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c, err := config.Load(config.Options{File: configureLetters(t, databaseURL, "1s"), NeedProviders: true})
		if err != nil {
			t.Fatal(err)
		}
		c.Spool.Dir = filepath.Join(t.TempDir(), "spool")
		r := &running{t: t, database: databaseURL, providers: c.Built, log: &logtest.Log{}}
		d, err := newDaemon(t.Context(), c, zerolog.New(r.log))
		if err != nil {
			t.Fatal(err)
		}
		d.due.Look = time.Hour
		r.url = "http://" + d.public.Addr().String()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.run(ctx) }()
		for _, user := range []string{"one", "two"} {
			if got := r.ahead("authon", user, 2*time.Second); got != "dead_letter" && got != "applied" {
				t.Error(got)
			}
		}
		for _, user := range []string{"one", "two"} {
			untilRow(t, r, r.inspect(), user, hasEmail(user+"@example.com"))
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
