package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/internal/pgtest"
	"usersync/models"
	"usersync/providers"
)

// autharaDatabase is Authara's own database, as far as it is read (its facts:
// columns, names and the trigger stand in the provider's source).
func autharaDatabase(t *testing.T) (url string, run func(statement string, arguments ...any)) {
	t.Helper()
	url = pgtest.New(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run = func(statement string, arguments ...any) {
		t.Helper()
		if _, err := db.ExecContext(context.Background(), statement, arguments...); err != nil {
			t.Fatal(err)
		}
	}
	run(`CREATE SCHEMA authara`)
	run(`CREATE TABLE authara.users (id uuid PRIMARY KEY, email text NOT NULL UNIQUE, username text, disabled_at timestamptz,
		created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now())`)
	return url, run
}

// autharaEvent posts one of Authara's events, which carry the id alone.
func autharaEvent(t *testing.T, daemon *running, event, user string) {
	t.Helper()
	header, body, err := daemon.providers["authara"].Build(event, providers.Sample{UserID: user, EventID: fmt.Sprint(event, time.Now().UnixNano()), Time: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := daemon.post(http.DefaultClient, "authara", header, body); status != http.StatusOK || !strings.Contains(answer, "applied") {
		t.Errorf("%s of %s: %d %s", event, user, status, answer)
	}
}

// Authara's events say "go and look": the rows show what is seen there.
func TestHydrationOfAuthara(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		source, run := autharaDatabase(t)
		daemon := startConfigured(t, configure(t, databaseURL, "authara", "api: {url: '"+source+"'}"), databaseURL)
		db := daemon.inspect()
		const ann, bob = "0b4c0f6e-54a1-4f0e-9d0c-111111111111", "0b4c0f6e-54a1-4f0e-9d0c-222222222222"
		run(`INSERT INTO authara.users (id, email, username) VALUES ($1, 'ann@example.com', 'ann'), ($2, 'bob@example.com', NULL)`, ann, bob)
		autharaEvent(t, daemon, "user.created", ann)
		autharaEvent(t, daemon, "user.created", bob)
		untilRow(t, daemon, db, bob, hasEmail("bob@example.com"))
		untilRow(t, daemon, db, ann, hasEmail("ann@example.com"))
		row := storedRow(t, db, ann)
		if row.Name == nil || *row.Name != "ann" || row.Username == nil || *row.Username != "ann" || row.Suspended || row.DeletedAt != nil || row.ProviderCreatedAt == nil {
			t.Errorf("%+v", row)
		}
		// An administrator disables and enables: the same event each time.
		for _, disabled := range []bool{true, false, true} {
			run(`UPDATE authara.users SET disabled_at = CASE WHEN $2 THEN now() END, updated_at = now() WHERE id = $1`, ann, disabled)
			autharaEvent(t, daemon, "user.updated", ann)
			untilRow(t, daemon, db, ann, func(u *models.User) bool { return u.Suspended == disabled })
		}
		run(`UPDATE authara.users SET email = 'new@example.com', updated_at = now() WHERE id = $1`, bob)
		autharaEvent(t, daemon, "user.updated", bob)
		untilRow(t, daemon, db, bob, hasEmail("new@example.com"))
		// Gone there, and nothing brings it back here.
		run(`DELETE FROM authara.users WHERE id = $1`, bob)
		autharaEvent(t, daemon, "user.deleted", bob)
		autharaEvent(t, daemon, "user.updated", bob)
		if row := storedRow(t, db, bob); row.DeletedAt == nil {
			t.Errorf("%+v", row)
		}
		untilNobodyWaits(t, databaseURL)
		for line := range strings.Lines(daemon.log.String()) {
			if strings.Contains(line, "example.com") || strings.Contains(line, `"level":"warn"`) && !strings.Contains(line, "database.ack_deadline") {
				t.Errorf("the log: %s", line)
			}
		}
	})
}

// The daemon starts while the provider is away, takes events, and fetches the
// users once it is back: 429 with a body of HTML, 500, a broken answer.
func TestHydrationThroughTrouble(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newAuthPISite(t, fakeprovider.Options{Users: 20}, "")
		failing := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Failure, HTML: true})
		began := time.Now()
		daemon := startConfigured(t, configure(t, databaseURL, "authpi", site.settings), databaseURL)
		db := daemon.inspect()
		for i := range 10 {
			thinEvent(t, daemon, "user.created", fmt.Sprintf("usr_%07d", i), fmt.Sprint("first ", i))
		}
		until(t, func() bool { return failing.Count() >= 20 }, func() string { return daemon.log.String() })
		site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.TooMany, HTML: true, Delay: time.Second, Times: 5})
		site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Truncated, Every: 3, Times: 5})
		failing.Remove()
		for i := range 10 {
			untilRow(t, daemon, db, fmt.Sprintf("usr_%07d", i), hasEmail(fmt.Sprintf("user%07d@example.com", i)))
		}
		most := 2 + int(time.Since(began)/time.Minute) // what lasts is said again each minute
		if warnings := strings.Count(daemon.log.String(), "could not be fetched"); warnings < 1 || warnings > most {
			t.Errorf("%d warnings:\n%s", warnings, daemon.log)
		}
		untilNobodyWaits(t, databaseURL)
	})
}

// A user that the API does not show yet is asked for until it does. One that it
// never shows is logged, and its row stays alive.
func TestHydrationOfAnUnknownUser(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const late = "usr_late"
		people := fakeprovider.NewPopulation(1, time.Now)
		var asked atomic.Int64
		site := newAuthPISite(t, fakeprovider.Options{Population: people, Before: func(_ fakeprovider.Route, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/"+late) || asked.Add(1) != 2 {
				return
			}
			// Between the first two attempts, of which there are three.
			if _, err := people.Add(fakeprovider.User{ID: late, Email: "late@example.com"}); err != nil {
				t.Error(err)
			}
		}}, ", list: {lag: 1ms}")
		daemon := startConfigured(t, configure(t, databaseURL, "authpi", site.settings), databaseURL)
		db := daemon.inspect()
		thinEvent(t, daemon, "user.created", late, "e1")
		thinEvent(t, daemon, "user.created", "usr_never", "e2")
		untilRow(t, daemon, db, late, hasEmail("late@example.com"))
		until(t, func() bool { return strings.Contains(daemon.log.String(), "knows no such user") }, func() string { return daemon.log.String() })
		if said := strings.Count(daemon.log.String(), "knows no such user"); said != 1 || !strings.Contains(daemon.log.String(), "usr_never") {
			t.Errorf("said %d times:\n%s", said, daemon.log)
		}
		if row := storedRow(t, db, "usr_never"); row == nil || row.DeletedAt != nil {
			t.Errorf("%+v", row)
		}
	})
}

// What a fetch says of access and life counts like a list's.
func TestHydrationReadsStatus(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newAuthPISite(t, fakeprovider.Options{Users: 5}, "")
		daemon := startConfigured(t, configure(t, databaseURL, "authpi", site.settings), databaseURL)
		db := daemon.inspect()
		const banned, deleted = "usr_0000001", "usr_0000002"
		if _, err := site.api.Users().Ban(banned, "abuse"); err != nil {
			t.Fatal(err)
		}
		if _, err := site.api.Users().Update(deleted, func(u *fakeprovider.User) { u.Status = fakeprovider.Deleted }); err != nil {
			t.Fatal(err)
		}
		thinEvent(t, daemon, "user.updated", banned, "e1")
		thinEvent(t, daemon, "user.updated", deleted, "e2")
		untilRow(t, daemon, db, banned, func(u *models.User) bool { return u.Suspended && u.DeletedAt == nil })
		untilRow(t, daemon, db, deleted, func(u *models.User) bool { return u.DeletedAt != nil })
	})
}

// Who configured no API at all is told of what is not filled without.
func TestCheckTellsOfEventsThatDoNotTellAll(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usersync.yaml")
	write := func(types string) {
		t.Helper()
		text := "database: {url: 'sqlite:" + filepath.Join(t.TempDir(), "u.db") + "'}\nproviders:\n  acme:\n    secrets: [a_long_enough_secret]\n" +
			"    definition: {extends: authon, event: {types: {" + types + "}}}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const warned = "WARN   hydration      providers.acme: some of its events do not tell all of a user, and the rest cannot be fetched: api.key is missing"
	write("user.updated: {kind: user.updated, fetch: true}")
	if code, out, errs := runProgram(t, "check", "--config", file); code != exitOK || !strings.Contains(out, warned) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	write("user.updated: user.updated")
	if code, out, errs := runProgram(t, "check", "--config", file); code != exitOK || strings.Contains(out, "hydration") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
