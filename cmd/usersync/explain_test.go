package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/internal/report"
)

// What explain tells of a user: who set what, the events in their order, dead
// letters, and who waits.
func TestExplain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		began := time.Now().Add(-time.Minute).Truncate(time.Millisecond)
		at := func(second int) time.Time { return began.Add(time.Duration(second) * time.Second) }
		for second, event := range []string{"user.created", "user.banned", "user.updated", "user.unbanned"} {
			if outcome := daemon.tell("authon", event, "usr_1", at(second)); outcome != "applied" {
				t.Fatal(outcome)
			}
			daemon.tell("authon", event, "usr_2", at(second))
		}
		if outcome := daemon.tell("authon", "user.updated", "usr_1", at(-9)); outcome != "stale" {
			t.Fatal(outcome)
		}
		if outcome := daemon.poison("usr_1", at(9)); outcome != "dead_letter" {
			t.Fatal(outcome)
		}
		told, code := daemon.explain("authon", "usr_1")
		if code != exitOK || !told.Row || told.More || told.Erased != nil || told.Waiting != nil {
			t.Fatalf("exit code %d, %+v", code, told)
		}
		by := map[string]report.Field{}
		for _, x := range told.Fields {
			by[x.Field] = x
			if x.EventID == "" || x.Received == nil || x.Origin != "live" {
				t.Errorf("%+v", x)
			}
		}
		for column, want := range map[string]struct {
			value  any
			kind   string
			as     string
			second int
		}{
			"email":      {"usr_1@example.com", "user.unbanned", "updated", 3},
			"suspended":  {false, "user.unbanned", "unbanned", 3},
			"deleted_at": {nil, "user.created", "alive", 0},
		} {
			x := by[column]
			if x.Value != want.value || x.Kind != want.kind || x.Means != want.as || !x.At.Equal(at(want.second)) || !slices.ContainsFunc(told.Events, func(e report.Event) bool { return e.EventID == x.EventID && e.Kind == want.kind }) {
				t.Errorf("%s: %+v", column, x)
			}
		}
		var events []string
		for _, e := range told.Events {
			events = append(events, e.Kind+" "+e.Outcome)
		}
		if got := strings.Join(events, ", "); got != "user.unbanned applied, user.updated applied, user.banned applied, user.created applied, user.updated stale" {
			t.Error(got)
		}
		if len(told.Letters) != 1 || told.Letters[0].Seen != 1 || told.Letters[0].EventID == "" || told.Letters[0].DueAt != nil {
			t.Errorf("%+v", told.Letters)
		}
		if few, _ := daemon.explain("authon", "usr_1", "--limit", "2"); len(few.Events) != 2 || !few.More || few.Events[0] != told.Events[0] && few.Events[0].EventID != told.Events[0].EventID {
			t.Errorf("%+v", few.Events)
		}

		code, out, _ := daemon.run("explain", "authon", "usr_1", "--limit", "4")
		for _, says := range []string{"authon usr_1, id ", "COLUMN", `"usr_1@example.com"`, "Processed events, the newest first:", "There are more", "Dead letters", "unbanned"} {
			if code != exitOK || !strings.Contains(out, says) {
				t.Errorf("exit code %d, no %q in\n%s", code, says, out)
			}
		}
		for words, want := range map[string]struct {
			code int
			says string
		}{
			"explain authon usr_9":           {exitFailed, "nothing is known of usr_9 of authon"},
			"explain athon usr_1":            {exitUsage, `no provider "athon" is configured`},
			"explain authon":                 {exitUsage, "say PROVIDER and USER_ID"},
			"explain authon usr_1 --limit 0": {exitUsage, "--limit"},
		} {
			if code, out, errs := daemon.run(strings.Fields(words)...); code != want.code || !strings.Contains(errs, want.says) || out != "" {
				t.Errorf("%s: exit code %d: %s%s", words, code, out, errs)
			}
		}
	})
}

// Events that are processed without a time are found by their id, and shown by when
// they were received.
func TestExplainOfUnstableTimes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		began := time.Now().Add(-time.Minute)
		for second := range 3 {
			daemon.tell("authpi", "user.updated", "user_1", began.Add(time.Duration(second)*time.Second))
			daemon.tell("authon", "user.updated", "user_1", began.Add(time.Duration(second)*time.Second))
		}
		told, code := daemon.explain("authpi", "user_1", "--limit", "2")
		if code != exitOK || len(told.Events) != 2 || !told.More || told.Events[0].At != nil || told.Events[0].Received.Before(told.Events[1].Received.Time) {
			t.Errorf("exit code %d, %+v", code, told)
		}
		for _, x := range told.Fields {
			if x.Kind != "user.updated" || x.Received == nil || !strings.Contains(x.EventID, fmt.Sprint(began.Add(2*time.Second))) {
				t.Errorf("%+v", x)
			}
		}
		if len(told.Fields) == 0 {
			t.Error("nothing is explained")
		}
	})
}

// A user who carries only an id waits to be fetched.
func TestExplainOfWhoWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newAuthPISite(t, fakeprovider.Options{}, "")
		site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden})
		file := configure(t, databaseURL, "authpi", site.settings)
		daemon := startConfigured(t, file, databaseURL)
		thinEvent(t, daemon, "user.updated", "user_1", "evt_1")
		told, code := daemon.explain("authpi", "user_1")
		if code != exitOK || told.Waiting == nil || told.Waiting.Requests != 1 || len(told.Fields) != 0 || !told.Row || len(told.Events) != 1 {
			t.Errorf("exit code %d, %+v", code, told)
		}
		if _, out, _ := daemon.run("explain", "authpi", "user_1"); !strings.Contains(out, "waits to be fetched") {
			t.Error(out)
		}
	})
}
