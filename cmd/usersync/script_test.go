package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usersync/models"
)

// scriptConfig writes a configuration with two providers whose events are read by
// scripts: own by the given one, wild by whatever its deliveries bring along.
func scriptConfig(t *testing.T, databaseURL, script, settings string) (file string) {
	t.Helper()
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("own.js", script)
	write("wild.js", "eval(body.script)")
	write("usersync.yaml", fmt.Sprintf(`
listen: 127.0.0.1:0
admin: {listen: 127.0.0.1:0}
database: {url: %q, migrate: true, %s}
scripts: {%s}
providers:
  own:
    definition: {verify: {secret: {header: X-Key}}, unpack: json, script: own.js}
    secrets: [%s]
    allowed_actions: [user.ban, user.unban, user.upsert]
  wild:
    definition: {verify: {secret: {header: X-Key}}, unpack: json, script: wild.js}
    secrets: [%s]
    allowed_actions: [user.ban]
`, databaseURL, unhurried, settings, testSecret("own"), testSecret("wild")))
	return filepath.Join(folder, "usersync.yaml")
}

const allActions = "enabled_actions: [user.ban, user.unban, user.upsert, user.delete]"

// deliver posts a JSON document to a provider with a script, and returns the outcome.
func (r *running) deliver(provider string, document any) string {
	r.t.Helper()
	body, err := json.Marshal(document)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.outcomeOf(provider, http.Header{"X-Key": {testSecret(provider)}, "X-Shard": {"eu"}}, body)
}

// document is a JSON object.
type document = map[string]any

const ownScript = `
const kinds = {signup: "user.created", change: "user.updated", quit: "user.deleted"};
if (body.type === "abuse") {
  for (const id of body.ids) actions.user.ban({id, suspended_reason: "abuse", occurred_at: body.at});
} else if (body.type === "broken") {
  actions.user.ban({id: body.id});
  throw new Error("no idea what " + body.secret + " is");
} else if (kinds[body.type]) {
  const u = body.user;
  result = {event: kinds[body.type], data: {
    id: u.id, email: u.mail, name: [u.first, u.last].join(" "), tenant_id: headers["x-shard"], occurred_at: new Date(body.ms)}};
}
`

func TestScriptProvider(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startProcess(t, scriptConfig(t, databaseURL, ownScript, allActions), databaseURL)
		db := daemon.inspect()
		jane := document{"type": "signup", "ms": 1768478400123, "user": document{"id": "u1", "mail": "jane@example.com", "first": "Jane", "last": "Doe"}}
		for _, c := range []struct {
			send document
			want string
		}{
			{jane, "applied"},
			{jane, "duplicate"},
			{document{"type": "poll"}, "ignored"},
			{document{"type": "abuse", "ids": []string{"u1", "u2"}, "at": "2026-01-15T13:00:00Z"}, "applied"},
			{document{"type": "broken", "id": "u3", "secret": "sentinel"}, "dead_letter"},
			{document{"type": "signup", "ms": 1768478400123, "user": document{"mail": "nobody@example.com"}}, "dead_letter"},
		} {
			if got := daemon.deliver("own", c.send); got != c.want {
				t.Errorf("%v: %s, want %s\n%s", c.send, got, c.want, daemon.log)
			}
		}
		row := storedRow(t, db, "u1")
		if row == nil || !hasEmail("jane@example.com")(row) || *row.Name != "Jane Doe" || *row.TenantID != "eu" || !row.Suspended || *row.SuspendedReason != "abuse" {
			t.Errorf("%+v", row)
		}
		if row := storedRow(t, db, "u2"); row == nil || !row.Suspended {
			t.Errorf("%+v", row)
		}
		if row := storedRow(t, db, "u3"); row != nil {
			t.Errorf("what a script did that failed was applied: %+v", row)
		}
		letters := daemon.listed().Letters
		var details []string
		for _, l := range letters {
			details = append(details, l.Reason+" "+l.Detail)
		}
		slices.Sort(details)
		want := []string{"no_user_id own.js: result: the event names no user", "script_error own.js:7: Error: no idea what … is"}
		if !slices.Equal(details, want) {
			t.Errorf("dead letters %q\nwant %q", details, want)
		}
		if strings.Contains(daemon.log.String(), "sentinel") {
			t.Errorf("a payload stands in the log:\n%s", daemon.log)
		}
	})
}

// A letter is tried again with the script that stands there now, by a command as well
// as by the daemon, which takes the new one when it is told to.
func TestRetryOfAScript(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startProcess(t, scriptConfig(t, databaseURL, "throw new Error('not yet')", allActions), databaseURL)
		db := daemon.inspect()
		if got := daemon.deliver("own", document{"id": "u1"}); got != "dead_letter" {
			t.Fatal(got)
		}
		if code, result := daemon.retried("--all"); code != exitFailed || len(result.Stays) != 1 || result.Stays[0].Reason != "script_error" {
			t.Errorf("exit code %d, %+v", code, result)
		}
		script := filepath.Join(filepath.Dir(daemon.configFile), "own.js")
		better := "result = {event: 'user.created', data: {id: body.id, tenant_id: headers['x-shard']}}"
		rewrite(t, script, func(string) string { return better })
		if code, result := daemon.retried("--all"); code != exitOK || result.Counts["applied"] != 1 {
			t.Errorf("exit code %d, %+v", code, result)
		}
		if row := storedRow(t, db, "u1"); row == nil || row.TenantID == nil || *row.TenantID != "eu" {
			t.Errorf("%+v", row)
		}
		rewrite(t, script, func(string) string { return better + "\n}" })
		daemon.hangup()
		daemon.awaitLog("own.js:2: ", 1)
		if got := daemon.deliver("own", document{"id": "u2"}); got != "dead_letter" {
			t.Errorf("with the script of the start: %s", got)
		}
		rewrite(t, script, func(string) string { return better })
		daemon.hangup()
		until(t, func() bool { return daemon.deliver("own", document{"id": "u3"}) != "dead_letter" },
			func() string { return "the new script is not taken:\n" + daemon.log.String() })
	})
}

// What came while the script's provider named no time keeps that of its first delivery.
func TestRetryOfAScriptTellsTheOldTime(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startProcess(t, scriptConfig(t, databaseURL, "if (body.late) throw new Error('not yet'); result = {event: 'user.updated', data: {id: body.id, name: body.name}}", ""), databaseURL)
		db := daemon.inspect()
		for _, c := range []struct {
			send document
			want string
		}{{document{"id": "u1", "name": "old", "late": true}, "dead_letter"}, {document{"id": "u1", "name": "new"}, "applied"}} {
			if got := daemon.deliver("own", c.send); got != c.want {
				t.Fatalf("%v: %s", c.send, got)
			}
		}
		rewrite(t, filepath.Join(filepath.Dir(daemon.configFile), "own.js"), func(text string) string { return strings.Replace(text, "body.late", "false", 1) })
		if code, result := daemon.retried("--all"); code != exitOK {
			t.Errorf("exit code %d, %+v", code, result)
		}
		named := func(u *models.User) bool { return u != nil && u.Name != nil && *u.Name == "new" }
		if row := storedRow(t, db, "u1"); !named(row) {
			t.Errorf("the older name came back: %+v", row)
		}
	})
}
