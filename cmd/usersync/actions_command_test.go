package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	usersync "usersync/sync"
)

func TestActionsCommands(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		app := newReceiver(t)
		app.answers(func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusGone) })
		file := actionsConfig(t, databaseURL, app.server.URL)
		r := &running{t: t, configFile: file, database: databaseURL}
		code, out, errs := r.run("actions", "list")
		if code != exitOK || !strings.Contains(out, "notify.chat  notify    Tell the team  user.ban  127.0.0.1:") || !strings.Contains(out, "user.unban   user") || strings.Contains(out, "secret-path") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
		if code, out, _ := r.run("actions", "waiting"); code != exitOK || out != "nothing waits to be sent, and nothing was given up\n" {
			t.Errorf("exit code %d\n%s", code, out)
		}
		postMessages(t, databaseURL, "u1", "m1", "m2")
		daemon := startConfigured(t, file, databaseURL)
		until(t, func() bool {
			all := messages(t, databaseURL)
			return all["m1"].Outcome == usersync.MessageGivenUp && all["m2"].Outcome == usersync.MessageGivenUp
		}, daemon.log.String)
		until(t, func() bool { return strings.Count(daemon.log.String(), "a message was given up") == 2 }, daemon.log.String) // it is logged after it is stored
		if log := daemon.log.String(); strings.Contains(log, "secret-path") {
			t.Error(log)
		}
		code, out, errs = r.run("actions", "waiting", "--json")
		var listing waitingListing
		if err := json.Unmarshal([]byte(out), &listing); err != nil || code != exitOK {
			t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
		}
		if len(listing.Messages) != 2 || len(listing.Counts) != 1 || listing.Counts[0] != (messageCount{"notify.chat", 0, 2}) {
			t.Fatalf("%+v", listing)
		}
		if m := listing.Messages[0]; m.ID != "m1" || m.State != "given_up" || m.UserID != "u1" || m.GivenUp == nil || !strings.Contains(m.Detail, "status 410") {
			t.Errorf("%+v", m)
		}
		if code, out, _ := r.run("explain", "authon", "u1"); code != exitOK || !strings.Contains(out, "Messages of actions that no receiver has taken:") || !strings.Contains(out, "m2") {
			t.Errorf("exit code %d\n%s", code, out)
		}
		app.answers(func(http.ResponseWriter, *http.Request, int) {})
		if code, out, _ := r.run("actions", "retry", "m1"); code != exitOK || !strings.HasPrefix(out, "1 message due now") {
			t.Errorf("exit code %d\n%s", code, out)
		}
		untilSent(t, databaseURL, daemon.log, "m1")
		if code, out, _ := r.run("actions", "retry", "--action", "another"); code != exitFailed || !strings.HasPrefix(out, "there is no such message") {
			t.Errorf("exit code %d\n%s", code, out)
		}
		if code, _, errs := r.run("actions", "retry"); code != exitUsage || !strings.Contains(errs, "say which messages") {
			t.Errorf("exit code %d\n%s", code, errs)
		}
		if result := r.erase("authon", "u1"); result.Removed.Messages != 1 {
			t.Errorf("%+v", result)
		}
		all := messages(t, databaseURL)
		if _, there := all["m2"]; there || len(all) != 1 {
			t.Errorf("%+v", all)
		}
		// The event comes again, and is about somebody who was erased.
		postMessages(t, databaseURL, "u1", "m2", "m3")
		if all := messages(t, databaseURL); len(all) != 1 {
			t.Errorf("%+v", all)
		}
	})
}
