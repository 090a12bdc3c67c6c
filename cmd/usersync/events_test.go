package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/internal/report"
	"usersync/models"
	"usersync/providers"
)

// runStatements runs statements as the app would, on either database.
func runStatements(t *testing.T, databaseURL string, statements ...string) {
	t.Helper()
	file, sqlite := strings.CutPrefix(databaseURL, "sqlite:")
	if !sqlite {
		execute(t, databaseURL, statements...)
		return
	}
	db, err := sql.Open("sqlite", file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// listed runs `events list --json`.
func (r *running) listed(words ...string) (list letterListing) {
	r.t.Helper()
	code, out, errs := r.run(append([]string{"events", "list", "--json"}, words...)...)
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != exitOK {
		r.t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	return list
}

// retried runs `events retry --json`.
func (r *running) retried(words ...string) (code int, result report.Retry) {
	r.t.Helper()
	code, out, errs := r.run(append([]string{"events", "retry", "--json"}, words...)...)
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		r.t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	return code, result
}

// outcome posts a built event and returns what was answered.
func (r *running) outcome(provider, event string, sample providers.Sample) string {
	r.t.Helper()
	header, body, err := r.providers[provider].Build(event, sample)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.outcomeOf(provider, header, body)
}

func (r *running) outcomeOf(provider string, header http.Header, body []byte) string {
	r.t.Helper()
	status, answer := r.post(http.DefaultClient, provider, header, body)
	outcome, found := strings.CutPrefix(answer, `{"received":true,"outcome":"`)
	if status != http.StatusOK || !found {
		r.t.Fatalf("%d %s", status, answer)
	}
	return strings.TrimSuffix(outcome, `"}`)
}

// authpiBatch is a batch of AuthPI's events in the shape of its guide, each a user
// and an e-mail address, signed as its documentation says.
func authpiBatch(at time.Time, users ...[2]string) (http.Header, []byte) {
	var events []string
	for _, u := range users {
		events = append(events, fmt.Sprintf(`{"id":"d_%[1]s","time":"%[2]s","type":"event","source":"com.authpi.webhooks/v1/wh_1","specversion":"1.0","datacontenttype":"application/json",`+
			`"data":{"id":"e_%[1]s","type":"user.created","trace":"0","source":"com.authpi/v1","subject":{"user_id":"%[1]s"},"data":{"user":{"id":"%[1]s","email":"%[3]s"}}}}`,
			u[0], at.UTC().Format(time.RFC3339Nano), u[1]))
	}
	body := []byte("[" + strings.Join(events, ",") + "]")
	mac := hmac.New(sha256.New, []byte(testSecret("authpi")))
	mac.Write(body)
	return http.Header{"Content-Type": {"application/cloudevents-batch+json"}, "X-Webhook-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}, body
}

// An index of the app's refuses one user's event. The others of the same request
// and the user's own later event are applied, the letter is there once, and once
// the index is gone a retry applies it under what came later.
func TestAPoisonEventDelaysNobody(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		db := daemon.inspect()
		runStatements(t, databaseURL, "CREATE UNIQUE INDEX app_unique ON users (email)")
		began := time.Now().Add(-time.Minute)
		if got := daemon.outcome("authon", "user.created", providers.Sample{UserID: "first", Email: "taken@example.com", EventID: "e_first", Time: began}); got != "applied" {
			t.Fatal(got)
		}
		batch := [][2]string{{"b", "b@example.com"}, {"poisoned", "taken@example.com"}, {"c", "c@example.com"}}
		header, body := authpiBatch(began, batch...)
		for range 5 {
			if got := daemon.outcomeOf("authpi", header, body); got != "dead_letter" {
				t.Errorf("the batch: %s", got)
			}
		}
		for _, u := range []string{"b", "c"} {
			if row := storedRow(t, db, u); row == nil || !hasEmail(u+"@example.com")(row) {
				t.Errorf("%s: %+v", u, row)
			}
		}
		later := strings.NewReplacer(`"user.created"`, `"user.updated"`, `"e_poisoned"`, `"e_later"`, `"email":"taken@example.com"`, `"name":{},"status":"suspended"`)
		header, body = authpiBatch(began.Add(time.Second), batch[1])
		body = []byte(later.Replace(string(body)))
		mac := hmac.New(sha256.New, []byte(testSecret("authpi")))
		mac.Write(body)
		header.Set("X-Webhook-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		if got := daemon.outcomeOf("authpi", header, body); got != "applied" {
			t.Errorf("the later event of the same user: %s", got)
		}
		if row := storedRow(t, db, "poisoned"); row == nil || !row.Suspended || row.Email != nil {
			t.Errorf("%+v", row)
		}
		list := daemon.listed()
		if len(list.Letters) != 1 || list.Letters[0].Seen != 5 || list.Letters[0].UserID != "poisoned" || list.Letters[0].EventID != "e_poisoned" || list.Letters[0].Reason != "refused" {
			t.Fatalf("%+v", list)
		}

		first := list.Letters[0]
		refuser := map[models.Dialect]string{models.Postgres: "(23505, unique index app_unique of users): look at it", models.SQLite: "look for a constraint"}[db.Dialect()]
		code, result := daemon.retried(fmt.Sprint(first.ID))
		if code != exitFailed || len(result.Stays) != 1 || result.Stays[0].Reason != "refused" || !strings.Contains(result.Stays[0].Why, refuser) {
			t.Errorf("while the index is there: exit code %d, no %q in %+v", code, refuser, result)
		}
		if _, _, errs := daemon.run("events", "retry", fmt.Sprint(first.ID)); errs != "" {
			t.Errorf("a retry tells of what was a letter before:\n%s", errs)
		}
		if warned := "event became a dead letter"; strings.Count(daemon.log.String(), warned) != 5 || !strings.Contains(daemon.log.String(), refuser) {
			t.Errorf("no %q, or no %q in\n%s", warned, refuser, daemon.log)
		}
		if l := daemon.listed().Letters[0]; l != first {
			t.Errorf("a retry was taken for a delivery: %+v, before %+v", l, first)
		}
		runStatements(t, databaseURL, "DROP INDEX app_unique")
		if code, result = daemon.retried("--reason", "refused", "--dry-run"); code != exitOK || result.Counts["applied"] != 1 || len(daemon.listed().Letters) != 1 {
			t.Errorf("dry: exit code %d, %+v", code, result)
		}
		if code, result = daemon.retried("--user", "poisoned", "--provider", "authpi", "--since", "1h"); code != exitOK || result.Counts["applied"] != 1 {
			t.Errorf("exit code %d, %+v", code, result)
		}
		if row := storedRow(t, db, "poisoned"); !row.Suspended || !hasEmail("taken@example.com")(row) {
			t.Errorf("%+v", row)
		}
		if list := daemon.listed(); len(list.Letters) != 0 || len(list.Counts) != 0 {
			t.Errorf("left: %+v", list)
		}
		if strings.Contains(daemon.log.String(), "example.com") {
			t.Errorf("the log:\n%s", daemon.log)
		}
	})
}

// One in ten of those who come at the same moment is refused by the app: only
// those.
func TestPoisonAmongMany(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const users = 400
		daemon := startDaemon(t, databaseURL, "")
		at := time.Now().Add(-time.Minute)
		sample := func(i int) providers.Sample {
			s := providers.Sample{UserID: fmt.Sprint("usr_", i), Email: fmt.Sprint(i, "@example.com"), EventID: fmt.Sprint("evt_", i), Time: at}
			if i%10 == 0 {
				s.Email = "taken@example.com"
			}
			return s
		}
		if got := daemon.outcome("authon", "user.created", sample(0)); got != "applied" {
			t.Fatal(got)
		}
		runStatements(t, databaseURL, "CREATE UNIQUE INDEX app_unique ON users (email)")
		var hooks []webhook
		for i := 1; i < users; i++ {
			header, body, err := daemon.providers["authon"].Build("user.created", sample(i))
			if err != nil {
				t.Fatal(err)
			}
			hooks = append(hooks, webhook{provider: "authon", header: header, body: body})
		}
		const poison = users/10 - 1
		if answers := postAll(t, daemon, hooks, 32); answers["dead_letter"] != poison || answers["applied"] != len(hooks)-poison {
			t.Errorf("%v", answers)
		}
		if rows := rowsIn(t, databaseURL, "users"); rows != users-poison {
			t.Errorf("%d rows", rows)
		}
		list := daemon.listed("--limit", "1000")
		if len(list.Letters) != poison || len(list.Counts) != 1 || list.Counts[0].Letters != poison {
			t.Errorf("%d letters, %+v", len(list.Letters), list.Counts)
		}
		runStatements(t, databaseURL, "DROP INDEX app_unique")
		if code, result := daemon.retried("--all"); code != exitOK || result.Counts["applied"] != poison {
			t.Errorf("exit code %d, %+v", code, result)
		}
		if rows := rowsIn(t, databaseURL, "users WHERE email = 'taken@example.com'"); rows != poison+1 || rowsIn(t, databaseURL, "users") != users {
			t.Errorf("%d rows", rows)
		}
	})
}

// Texts that a database cannot hold harm nobody: what can be cleaned is, and the
// rest becomes a letter alone.
func TestPoisonTexts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		db := daemon.inspect()
		at := time.Now().Add(-time.Minute)
		for _, c := range []struct{ user, email, want string }{
			{"nul", `nul\u0000@example.com`, "applied"},
			{"lone", `lone\ud800@example.com`, "applied"},
			{"long", strings.Repeat("x", 5000) + "@example.com", "dead_letter"},
			{strings.Repeat("x", 256), "x@example.com", "dead_letter"},
		} {
			header, body := authpiBatch(at, [2]string{"innocent of " + c.user[:3], "i@example.com"}, [2]string{c.user, c.email})
			if got := daemon.outcomeOf("authpi", header, body); got != c.want {
				t.Errorf("%.9s: %s, want %s", c.user, got, c.want)
			}
			if storedRow(t, db, "innocent of "+c.user[:3]) == nil {
				t.Errorf("%.9s harmed an innocent", c.user)
			}
		}
		code, result := daemon.retried("--all")
		if code != exitFailed || len(result.Counts) != 0 || len(result.Stays) != 2 || result.Stays[0].Reason != "bad_user_id" || result.Stays[1].Reason != "bad_field" {
			t.Errorf("exit code %d, %+v", code, result)
		}
	})
}
