package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
	usersync "usersync/sync"
)

// What a script asks for is sent once, with what the event changes or not at all.
func TestAScriptSends(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		var mu sync.Mutex
		var bodies []string
		app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			bodies = append(bodies, string(body))
		}))
		defer app.Close()
		const script = `
actions.user.ban({id: body.id, suspended_reason: "abuse", occurred_at: body.at});
actions["notify.chat"]({id: body.id, who: {name: body.name, age: body.age}});
`
		file := scriptConfig(t, databaseURL, script, "enabled_actions: [user.ban, user.unban, user.upsert, notify.chat]")
		rewrite(t, file, func(text string) string {
			text = strings.Replace(text, "allowed_actions: [user.ban, user.unban, user.upsert]", "allowed_actions: [user.ban, notify.chat]", 1)
			return text + fmt.Sprintf("actions:\n  notify.chat:\n    url: %s\n    secret: whsec_%s\n    depends_on: [user.ban]\n    body: {text: \"{who.name} was banned\", age: \"{who.age}\"}\n", app.URL, actionSecret)
		})
		daemon := startProcess(t, file, databaseURL)
		db := daemon.inspect()
		event := document{"id": "u1", "name": "Ann", "age": 41, "at": "2026-01-15T13:00:00Z"}
		for _, want := range []string{"applied", "duplicate", "duplicate"} {
			if got := daemon.deliver("own", event); got != want {
				t.Errorf("%s, want %s\n%s", got, want, daemon.log)
			}
		}
		if row := storedRow(t, db, "u1"); row == nil || !row.Suspended {
			t.Errorf("%+v", row)
		}
		// The template misses a member: nothing of the event is applied or sent.
		if got := daemon.deliver("own", document{"id": "u2", "at": "2026-01-15T13:00:00Z"}); got != "dead_letter" {
			t.Errorf("%s\n%s", got, daemon.log)
		}
		if row := storedRow(t, db, "u2"); row != nil {
			t.Errorf("%+v", row)
		}
		if letters := daemon.listed().Letters; len(letters) != 1 || !strings.Contains(letters[0].Detail, "action notify.chat: the argument has no who.name") {
			t.Errorf("%+v", letters)
		}
		var kept map[string]usersync.MessageState
		until(t, func() bool {
			kept = messages(t, databaseURL)
			for _, m := range kept {
				if m.Outcome != usersync.MessageSent {
					return false
				}
			}
			return len(kept) > 0
		}, func() string { return fmt.Sprintf("%+v\n%s", kept, daemon.log) })
		mu.Lock()
		defer mu.Unlock()
		if len(kept) != 1 || len(bodies) != 1 || bodies[0] != `{"text":"Ann was banned","age":41}` {
			t.Errorf("%d kept, sent %q", len(kept), bodies)
		}
		code, out, errs := daemon.run("actions", "list", "--json")
		var listing actionListing
		if err := json.Unmarshal([]byte(out), &listing); err != nil || code != exitOK || len(listing.Actions) != 5 || !listing.Actions[0].Enabled || listing.Actions[0].ID != "notify.chat" || listing.Actions[2].Enabled {
			t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
		}
		// Commands without the secrets know the actions all the same.
		if code, out, errs := daemon.run("erase", "own", "u1", "--yes"); code != exitOK {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
	})
}

// Spooled while the database is away, drained when it is back: a script says the same
// then, and what it sends is sent once, also if the event comes again.
func TestAScriptSendsFromTheSpool(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var came []string
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		came = append(came, r.Header.Get("webhook-id"))
	}))
	defer app.Close()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	const script = `
actions.user.ban({id: body.id, event_id: body.event});
actions.notify.chat({id: body.id, event_id: body.event, text: "banned"});
`
	file := scriptConfig(t, through, script, "enabled_actions: [user.ban, user.unban, user.upsert, notify.chat]")
	rewrite(t, file, func(text string) string {
		text = strings.Replace(text, "allowed_actions: [user.ban, user.unban, user.upsert]", "allowed_actions: [user.ban, notify.chat]", 1)
		return text + fmt.Sprintf("spool: {dir: %q}\nactions:\n  notify.chat: {url: %q, secret: whsec_%s}\n", t.TempDir(), app.URL, actionSecret)
	})
	daemon := startProcess(t, file, databaseURL)
	event := func(id string, attempt int) document {
		return document{"id": id, "event": "e-" + id, "attempt": attempt}
	}
	if got := daemon.deliver("own", event("u1", 1)); got != "applied" {
		t.Fatalf("%s\n%s", got, daemon.log)
	}
	if err := proxy.Set(faultproxy.Refuse); err != nil {
		t.Fatal(err)
	}
	for _, again := range []document{event("u1", 2), event("u2", 1), event("u2", 2)} {
		if got := daemon.deliver("own", again); got != "spooled" {
			t.Errorf("%v: %s\n%s", again, got, daemon.log)
		}
	}
	if err := proxy.Set(faultproxy.Pass); err != nil {
		t.Fatal(err)
	}
	var kept map[string]usersync.MessageState
	until(t, func() bool {
		kept = messages(t, databaseURL)
		for _, m := range kept {
			if m.Outcome != usersync.MessageSent {
				return false
			}
		}
		return len(kept) >= 2 && strings.Contains(daemon.log.String(), "spooled requests were applied")
	}, func() string { return fmt.Sprintf("%+v\n%s", kept, daemon.log) })
	if row := storedRow(t, daemon.inspect(), "u2"); row == nil || !row.Suspended {
		t.Errorf("%+v", row)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(kept) != 2 || len(came) != 2 {
		t.Errorf("%d kept, sent %v", len(kept), came)
	}
}
