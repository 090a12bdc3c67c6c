package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/providers"
)

// A user that a list showed and the app refused is applied by a retry as of the
// list, not as of the retry: what was heard meanwhile stays.
func TestRetryOfAListedUser(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newBackfillSite(t, "authpi", databaseURL, 20)
		daemon := startConfigured(t, site.config, databaseURL)
		db := daemon.inspect()
		runStatements(t, databaseURL, "CREATE UNIQUE INDEX app_unique ON users (email)",
			"INSERT INTO users (id, provider, provider_user_id, email, created_at, updated_at, sync_state) VALUES ('00000000-0000-0000-0000-000000000001', 'app', 'a', 'user0000005@example.com', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '')")
		if code, result, errs := site.run(t, "authpi"); code != exitOK || result.Letters != 1 {
			t.Fatalf("exit code %d, %+v\n%s", code, result, errs)
		}
		list := daemon.listed()
		if len(list.Letters) != 1 || list.Letters[0].Origin != "backfill" || list.Letters[0].UserID != "usr_0000005" {
			t.Fatalf("%+v", list)
		}
		if code, result := daemon.retried("--all"); code != exitFailed || len(result.Stays) != 1 {
			t.Errorf("while the index is there: exit code %d, %+v", code, result)
		}
		if l := daemon.listed().Letters[0]; l != list.Letters[0] {
			t.Errorf("a retry was taken for a list: %+v, before %+v", l, list.Letters[0])
		}
		runStatements(t, databaseURL, "DROP INDEX app_unique")
		if code, result := daemon.retried("--user", "usr_0000005"); code != exitOK || result.Counts["applied"] != 1 {
			t.Errorf("exit code %d, %+v", code, result)
		}
		if row := storedRow(t, db, "usr_0000005"); row == nil || !hasEmail("user0000005@example.com")(row) {
			t.Errorf("%+v", row)
		}
		if left := daemon.listed(); len(left.Letters) != 0 {
			t.Errorf("%+v", left)
		}
	})
}

// The profile of a user whose event tells the id alone is fetched after a retry,
// by a daemon elsewhere.
func TestRetryOfAThinEvent(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newAuthPISite(t, fakeprovider.Options{Users: 3}, "")
		daemon := startConfigured(t, configure(t, databaseURL, "authpi", site.settings), databaseURL)
		header, body := authpiBatch(time.Now().Add(time.Hour), [2]string{"usr_0000001", "x"})
		body = []byte(strings.Replace(string(body), `,"email":"x"`, "", 1))
		if err := daemon.providers["authpi"].Sign(header, body, time.Now()); err != nil {
			t.Fatal(err)
		}
		if got := daemon.outcomeOf("authpi", header, body); got != "dead_letter" {
			t.Fatal(got)
		}
		if code, result := daemon.retried("--all"); code != exitFailed || len(result.Stays) != 1 || result.Stays[0].Due == nil {
			t.Errorf("before its time: exit code %d, %+v", code, result)
		}
		if code, result := daemon.retried("--all", "--set", "providers.authpi.max_future=2h"); code != exitOK || result.Counts["applied"] != 1 {
			t.Fatalf("exit code %d, %+v", code, result)
		}
		untilRow(t, daemon, daemon.inspect(), "usr_0000001", hasEmail("user0000001@example.com"))
	})
}

// A letter of a provider that nobody configures any more stays as it is.
func TestRetryWithoutTheProvider(t *testing.T) {
	t.Parallel()
	databaseURL := databaseURLs["sqlite"](t)
	daemon := startDaemon(t, databaseURL, "")
	daemon.garbage("garbage")
	before := daemon.listed().Letters[0]
	other := configure(t, databaseURL, "authon", "")
	code, out, errs := runProgram(t, "events", "retry", "--all", "--config", other)
	if code != exitFailed || !strings.Contains(out, `no provider "authpi" is configured any more`) || !strings.HasPrefix(out, "stays  1\n") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if after := daemon.listed().Letters[0]; after != before {
		t.Errorf("%+v, before %+v", after, before)
	}
}

// Many letters are tried in several pages, while more are delivered.
func TestRetryOfManyLetters(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const users = 300
		daemon := startDaemon(t, databaseURL, "")
		at := time.Now().Add(time.Hour)
		var hooks []webhook
		for i := range users {
			header, body, err := daemon.providers["authon"].Build("user.created", providers.Sample{UserID: fmt.Sprint("usr_", i), Email: fmt.Sprint(i, "@example.com"), EventID: fmt.Sprint("evt_", i), Time: at})
			if err != nil {
				t.Fatal(err)
			}
			// The signature has a time of its own.
			if err := daemon.providers["authon"].Sign(header, body, time.Now()); err != nil {
				t.Fatal(err)
			}
			hooks = append(hooks, webhook{provider: "authon", header: header, body: body})
		}
		if answers := postAll(t, daemon, hooks, 16); answers["dead_letter"] != users {
			t.Fatalf("%v", answers)
		}
		more := make(chan struct{})
		go func() {
			defer close(more)
			for i := range 100 {
				status, _, err := post(t.Context(), http.DefaultClient, daemon.url+"/webhooks/authon", hooks[i].header.Clone(), hooks[i].body)
				if err != nil || status != http.StatusOK {
					t.Errorf("%d, %v", status, err)
				}
			}
		}()
		code, result := daemon.retried("--all", "--set", "providers.authon.max_future=2h")
		<-more
		applied := int(result.Counts["applied"])
		if applied+len(result.Stays) != users || code == exitOK != (len(result.Stays) == 0) {
			t.Errorf("exit code %d, %+v", code, result)
		}
		for _, l := range result.Stays {
			if !strings.Contains(l.Why, "again meanwhile") {
				t.Errorf("%+v", l)
			}
		}
		if rows := rowsIn(t, databaseURL, "users WHERE email IS NOT NULL"); rows != users {
			t.Errorf("%d rows", rows)
		}
		// What was delivered meanwhile is a repetition now.
		if code, result = daemon.retried("--all", "--set", "providers.authon.max_future=2h"); code != exitOK || result.Counts["applied"] != 0 {
			t.Errorf("exit code %d, %+v", code, result)
		}
		if left := daemon.listed(); len(left.Letters) != 0 {
			t.Errorf("%d left", len(left.Letters))
		}
	})
}

func TestWordsOfEvents(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, databaseURLs["sqlite"](t), "")
	for words, says := range map[string]string{
		"events":                     "say list, show or retry",
		"events lost":                "unknown command",
		"events show":                "say ID",
		"events show x":              `"x" is no id`,
		"events show 0":              `"0" is no id`,
		"events list now":            "takes no arguments",
		"events list --limit 0":      "at least 1",
		"events list --since soon":   "neither a time as",
		"events list --since -1h":    "neither a time as",
		"events retry":               "or say --all",
		"events retry --dry-run":     "or say --all",
		"events retry 1 two":         `"two" is no id`,
		"events retry --since never": "neither a time as",
	} {
		code, out, errs := runProgram(t, append(strings.Fields(words), "--config", file)...)
		if code != exitUsage || !strings.Contains(errs, says) || out != "" {
			t.Errorf("%s: exit code %d\n%s%s", words, code, out, errs)
		}
	}
}
