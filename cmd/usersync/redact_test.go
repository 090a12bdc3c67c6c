package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ownDefinition is a provider's that sends the rows of its table, in batches,
// passwords and all.
const ownDefinition = `
      verify: {secret: {header: X-Key}}
      unpack: {format: json, split: events}
      redact: [password, "*_token*"]
      event:
        id: {hash: body}
        type: type
        time: record.updated_at
        user: record.id
        types: {UPDATE: user.updated}
      user: {at: record, fields: {email: email}, access: {until: banned_until}}
`

// configureOwn writes a configuration with that definition in it.
func configureOwn(t *testing.T, databaseURL, more string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "usersync.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0'}\n%sdatabase:\n  url: '%s'\n  migrate: true\n  %s\nproviders:\n  own:\n    secrets: [key]\n    definition:%s", more, databaseURL, strings.TrimSpace(unhurried), ownDefinition)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// postOwn posts a body of that provider, three times at most, as senders do where a machine
// hangs, and returns the answer.
func postOwn(t *testing.T, daemon *running, body string) (answer string) {
	t.Helper()
	status := http.StatusServiceUnavailable
	for tries := 0; status == http.StatusServiceUnavailable && tries < 3; tries++ {
		status, answer = daemon.post(http.DefaultClient, "own", http.Header{"Content-Type": {"application/json"}, "X-Key": {"key"}}, []byte(body))
	}
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	return answer
}

// ownEvent is one event of that provider. A ban without an end is null.
func ownEvent(user, updated, bannedUntil string) string {
	return fmt.Sprintf(`{"type":"UPDATE","record":{"id":%q,"email":"jane@example.com","password":"SECRET","recovery_token":"SECRET","updated_at":%q,"banned_until":%s}}`, user, updated, bannedUntil)
}

// A secret in a payload is in no spooled request, no table and no log: neither of
// what was understood nor of what was not.
func TestRedactedMembersAreNowhere(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	spool := filepath.Join(t.TempDir(), "spool")
	daemon := startConfigured(t, configureOwn(t, o.cluster.URL(), fmt.Sprintf("spool: {dir: %q}\n", spool)), o.cluster.URL())
	bodies := []string{
		`{"events":[` + ownEvent("u", "2026-01-15T12:00:00Z", "null") + `],"password":"SECRET"}`,
		`{"events":[` + ownEvent("", "2026-01-15T12:00:00Z", "null") + `]}`,
		`{"event":[` + ownEvent("u", "2026-01-15T12:00:00Z", "null") + `]}`,
		`{"events":[` + ownEvent("u", "2026-01-15T12:00:00Z", "null") + `]`,
		`SECRET`,
	}
	tell := func(outcome string) {
		for i, body := range bodies {
			if answer := postOwn(t, daemon, strings.ReplaceAll(body, `"u"`, fmt.Sprintf(`"%s%d"`, outcome, i))); outcome == "spooled" && !strings.Contains(answer, outcome) {
				t.Errorf("%s: %s", body, answer)
			}
		}
	}
	tell("directly")
	o.must(o.cluster.Down())
	tell("spooled")
	kept := false
	files, _ := filepath.Glob(filepath.Join(spool, "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the lock
		}
		kept = kept || bytes.Contains(text, []byte("jane@example.com"))
		if bytes.Contains(text, []byte("SECRET")) {
			t.Errorf("%s has a secret", file)
		}
	}
	if !kept {
		t.Errorf("nothing readable is spooled in %v", files)
	}
	o.must(o.cluster.Up())
	// The bodies that are no JSON differ by nothing; the others by their users.
	awaitAnswer(t, "both users, and the letters of both rounds", func() bool {
		return rowsIn(t, o.cluster.URL(), "users WHERE email = 'jane@example.com'") == 2 && rowsIn(t, o.cluster.URL(), "usersync.dead_letters") == 6 && len(filesOf(spool)) == 0
	})
	if n := rowsIn(t, o.cluster.URL(), "usersync.dead_letters WHERE position('SECRET'::bytea in payload) > 0"); n != 0 {
		t.Errorf("%d letters have a secret", n)
	}
	if n := rowsIn(t, o.cluster.URL(), "usersync.dead_letters WHERE position('jane@example.com'::bytea in payload) > 0"); n == 0 {
		t.Error("no letter has what is no secret")
	}
	if n := rowsIn(t, o.cluster.URL(), "users WHERE users::text LIKE '%SECRET%'"); n != 0 {
		t.Errorf("%d rows have a secret", n)
	}
	if log := daemon.log.String(); strings.Contains(log, "SECRET") || strings.Contains(log, "jane@example.com") {
		t.Errorf("the log: %s", log)
	}
}

// filesOf are the segments of a spool.
func filesOf(spool string) []string {
	files, _ := filepath.Glob(filepath.Join(spool, "*.spool"))
	return files
}

// A ban that ends by itself, from the webhook to the view that the app reads.
func TestBansThatEndByThemselves(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startConfigured(t, configureOwn(t, databaseURL, ""), databaseURL)
		row := func(user, condition string) bool {
			return rowsIn(t, databaseURL, "users WHERE provider_user_id = '"+user+"' AND "+condition) == 1
		}
		active := func(user string) bool {
			return rowsIn(t, databaseURL, "active_users WHERE provider_user_id = '"+user+"'") == 1
		}

		// In the order in which they happened: two bans, and that it is over.
		events := func(user string) []string {
			return []string{
				ownEvent(user, "2026-01-15 12:00:00+00", `"2126-01-15T12:00:00+00:00"`),
				ownEvent(user, "2026-01-15 13:00:00.5+00", `"2126-01-16 12:00:00+00"`),
				ownEvent(user, "2026-01-15T14:00:00Z", "null"),
			}
		}
		for _, order := range []string{"012", "021", "102", "120", "201", "210", "01", "10"} {
			for _, i := range order {
				postOwn(t, daemon, `{"events":[`+events("u" + order)[i-'0']+`]}`)
			}
			user := "u" + order
			if lifted := len(order) == 3; lifted && (!row(user, "NOT suspended AND suspended_until IS NULL") || !active(user)) {
				t.Errorf("%s is not back", user)
			} else if !lifted && (!row(user, "suspended AND suspended_until IS NOT NULL") || active(user)) {
				t.Errorf("%s is not banned", user)
			}
		}

		now := time.Now().UTC()
		postOwn(t, daemon, `{"events":[`+ownEvent("soon", now.Format(time.RFC3339Nano), `"`+now.Add(2*time.Second).Format(time.RFC3339Nano)+`"`)+`]}`)
		if !row("soon", "suspended AND suspended_until IS NOT NULL") {
			t.Error("the user is not suspended")
		}
		until(t, func() bool { return active("soon") }, func() string { return "the ban never ends" })
		if time.Since(now) < 1900*time.Millisecond {
			t.Error("the ban ended too early")
		}
		if !row("soon", "suspended") {
			t.Error("somebody swept")
		}
	})
}
