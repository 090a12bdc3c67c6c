package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/logtest"
	"usersync/internal/report"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// erase runs the command and reads its result.
func (r *running) erase(provider, user string) (result report.Erasure) {
	r.t.Helper()
	code, out, errs := r.run("erase", provider, user, "--yes", "--json")
	if code != exitOK {
		r.t.Fatalf("exit code %d: %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	return result
}

// explain runs the command and reads its result; the other result is the exit code.
func (r *running) explain(provider, user string, more ...string) (result report.Explanation, code int) {
	r.t.Helper()
	code, out, errs := r.run(append([]string{"explain", provider, user, "--json"}, more...)...)
	if code != exitOK {
		return result, code
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		r.t.Fatalf("%v: %s%s", err, out, errs)
	}
	return result, code
}

// tell delivers a webhook and returns the outcome.
func (r *running) tell(provider, event, user string, at time.Time) string {
	r.t.Helper()
	header, body, err := r.providers[provider].Build(event, providers.Sample{UserID: user, Email: user + "@example.com", Name: "Of An Event", EventID: event + at.String(), Time: at})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.outcomeOf(provider, header, body)
}

// poison delivers an event of authon that names the user and is not understood.
func (r *running) poison(user string, at time.Time) string {
	r.t.Helper()
	header, body := r.poisonous(user, at)
	return r.outcomeOf("authon", header, body)
}

func (r *running) poisonous(user string, at time.Time) (http.Header, []byte) {
	r.t.Helper()
	header, body, err := r.providers["authon"].Build("user.updated", providers.Sample{UserID: user, EventID: "evt_poison", Time: at})
	if err != nil {
		r.t.Fatal(err)
	}
	body = []byte(strings.Replace(string(body), `"emailVerified":`, `"emailVerified":"perhaps","was":`, 1))
	header = http.Header{"Content-Type": header["Content-Type"]}
	if err := r.providers["authon"].Sign(header, body, at); err != nil {
		r.t.Fatal(err)
	}
	return header, body
}

// thereIs says in which tables there is anything of a user.
func (s *appSite) thereIs(user string) (tables []string) {
	s.t.Helper()
	bookkeeping := "usersync."
	if strings.HasPrefix(s.database, "sqlite:") {
		bookkeeping = "usersync_"
	}
	for _, table := range []string{"users", bookkeeping + "processed_events", bookkeeping + "dead_letters", bookkeeping + "hydrations"} {
		if rowsIn(s.t, s.database, table+" WHERE provider_user_id = '"+user+"'") > 0 {
			tables = append(tables, table)
		}
	}
	return tables
}

// A user who was erased does not come back: not by late events and redeliveries, not
// by lists, fetches or the API for the app, and not as drift that is told again and
// again. The daemon runs all the while.
func TestErasedUsersStayErased(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		const user, other = "usr_0000003", "usr_0000004"
		if code, _, errs := s.run("backfill", "authon"); code != exitOK {
			t.Fatal(errs)
		}
		began := time.Now()
		s.event("authon", "user.updated", user, began)
		if outcome := s.poison(user, began); outcome != "dead_letter" {
			t.Fatal(outcome)
		}
		if found := s.thereIs(user); len(found) != 3 {
			t.Fatalf("before: %v", found)
		}

		result := s.erase("authon", user)
		if result.Row != usersync.RowDeleted || result.Removed.Events != 1 || result.Removed.Letters+result.Removed.Mentions != 1 || result.Before != nil {
			t.Errorf("%+v", result)
		}
		gone := func(when string) {
			t.Helper()
			if found := s.thereIs(user); len(found) > 0 {
				t.Errorf("%s: back in %v", when, found)
			}
		}
		gone("at once")
		for _, event := range []string{"user.created", "user.updated", "user.banned", "user.unbanned", "user.deleted"} {
			for _, at := range []time.Time{began, began.Add(time.Second)} { // a redelivery, and a new event
				if outcome := s.tell("authon", event, user, at); outcome != "ignored" {
					t.Errorf("%s: %s", event, outcome)
				}
			}
		}
		if outcome := s.poison(user, began); outcome != "ignored" {
			t.Errorf("what is not understood: %s", outcome)
		}
		gone("events")
		for _, words := range [][]string{{"backfill", "authon", "--restart"}, {"reconcile", "authon"}, {"reconcile", "authon", "--apply"}, {"reconcile", "authon"}} {
			if code, out, errs := s.run(words...); code != exitOK {
				t.Errorf("%v: exit code %d: %s%s", words, code, out, errs)
			}
		}
		gone("lists")
		s.ask("POST", "authon/"+user+"/ensure", "").says(http.StatusNotFound, "erased")
		s.ask("PATCH", "authon/"+user, `{"name":"n"}`).says(http.StatusFailedDependency, "erased")
		gone("the app's API")
		s.ask("POST", "authon/"+other+"/ensure", "").want(http.StatusOK, map[string]any{"provider_user_id": other})
		if rows := s.rows(); len(rows) != 19 {
			t.Errorf("%d rows", len(rows))
		}

		// A user who would be fetched.
		if result := s.erase("authpi", "user_9"); result.Row != usersync.RowAbsent || result.Removed.Events != 0 {
			t.Errorf("%+v", result)
		}
		if outcome := s.tell("authpi", "user.updated", "user_9", time.Now()); outcome != "ignored" || queue(t, databaseURL) != 0 {
			t.Errorf("%s, %d wait to be fetched", outcome, queue(t, databaseURL))
		}
		if result := s.erase("authon", user); result.Before == nil || result.Removed.Events+result.Removed.Letters != 0 {
			t.Errorf("again: %+v", result)
		}
		told, code := s.explain("authon", user)
		if code != exitOK || told.Erased == nil || told.Row || len(told.Events) != 0 {
			t.Errorf("exit code %d, %+v", code, told)
		}
		if strings.Contains(s.log.String(), user) {
			t.Errorf("the log names who was erased:\n%s", s.log)
		}
	})
}

// What the command says to a person, and when it does nothing.
func TestEraseAsksAndTells(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		if outcome := daemon.tell("authon", "user.created", "usr_1", time.Now()); outcome != "applied" {
			t.Fatal(outcome)
		}
		db := daemon.inspect()
		for _, c := range []struct {
			words string
			says  string
		}{
			{"erase authon usr_1", "this cannot be undone: say --yes"},
			{"erase athon usr_1 --yes", "no provider \"athon\" is configured"},
			{"erase authon", "say PROVIDER and USER_ID"},
		} {
			if code, out, errs := daemon.run(strings.Fields(c.words)...); code != exitUsage || !strings.Contains(errs, c.says) || out != "" {
				t.Errorf("%s: exit code %d: %s%s", c.words, code, out, errs)
			}
		}
		// What looks like a terminal and has nobody in front of it.
		null, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		asking, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer asking.Close()
		p := &program{stdout: &logtest.Log{}, stderr: asking, stdin: null}
		if code := p.run(t.Context(), []string{"erase", "authon", "usr_1", "--config", daemon.configFile}); code != exitUsage {
			t.Errorf("exit code %d", code)
		}
		if users, err := db.Users(t.Context()); err != nil || len(users) != 1 {
			t.Fatalf("%d users, %v", len(users), err)
		}

		code, out, errs := daemon.run("erase", "authon", "usr_1", "--yes")
		for _, says := range []string{"authon usr_1 is erased.\n", "the row was removed", "processed events  1 removed", "Not reached:\n", "backups"} {
			if code != exitOK || !strings.Contains(out, says) {
				t.Errorf("exit code %d, no %q: %s%s", code, says, out, errs)
			}
		}
		if code, out, _ := daemon.run("erase", "authon", "usr_1", "--yes"); code != exitOK || !strings.Contains(out, "It had been, at 20") || !strings.Contains(out, "Nothing was there") {
			t.Errorf("again: exit code %d: %s", code, out)
		}
	})
}

// A provider that is not configured any more can still be cleaned up.
func TestEraseOfAProviderThatIsGone(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "usersync.db")
	daemon := startDaemon(t, url, "")
	if outcome := daemon.tell("hostile", "user.created", "usr_1", time.Now()); outcome != "applied" {
		t.Fatal(outcome)
	}
	file := configure(t, url, "authon", "max_future: 10m")
	code, out, errs := runProgram(t, "erase", "hostile", "usr_1", "--yes", "--config", file)
	if code != exitOK || !strings.Contains(out, "the row was removed") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if outcome := daemon.tell("hostile", "user.updated", "usr_1", time.Now()); outcome != "ignored" {
		t.Error(outcome)
	}
}

// Of a deletion that redacts and whatever else is said, the order does not matter;
// one that keeps leaves the profile.
func TestRedactionInAnyOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		file := writeConfig(t, databaseURL, "")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		redacting := strings.Replace(string(text), "    type: authon\n", "    type: authon\n    on_delete: redact\n", 1)
		if err := os.WriteFile(file, []byte(redacting), 0o600); err != nil {
			t.Fatal(err)
		}
		daemon := startConfigured(t, file, databaseURL)
		began := time.Now().Add(-time.Minute).Truncate(time.Second)
		story := []struct {
			event  string
			second int
		}{{"user.created", 1}, {"user.updated", 2}, {"user.banned", 3}, {"user.deleted", 5}, {"user.updated", 4}}
		for _, provider := range []string{"authon", "hostile"} { // the other one keeps
			for n, order := range [][]int{{0, 1, 2, 3, 4}, {3, 0, 1, 2, 4}, {4, 3, 2, 1, 0}, {3, 4, 0, 2, 1}, {0, 3, 1, 4, 2}, {1, 3, 0, 4, 2}} {
				for _, i := range order {
					daemon.tell(provider, story[i].event, fmt.Sprint("usr_", n), began.Add(time.Duration(story[i].second)*time.Second))
				}
			}
		}
		kept := 0
		users, err := daemon.inspect().Users(t.Context())
		if err != nil || len(users) != 12 {
			t.Fatalf("%d users, %v", len(users), err)
		}
		for _, u := range users {
			if u.DeletedAt == nil || !u.DeletedAt.Equal(began.Add(5*time.Second)) {
				t.Errorf("%s of %s was deleted at %v", u.ProviderUserID, u.Provider, u.DeletedAt)
			}
			if u.Provider == "hostile" {
				if u.Email != nil && u.Name != nil {
					kept++
				}
				continue
			}
			if u.Email != nil || u.EmailVerified != nil || u.Name != nil || u.AvatarURL != nil || u.Phone != nil || u.Metadata != nil || u.TenantID != nil || u.LastSignInAt != nil || u.ProviderCreatedAt != nil || u.SuspendedReason != nil {
				t.Errorf("%s is not redacted: %+v", u.ProviderUserID, u)
			}
		}
		if kept != 6 {
			t.Errorf("%d profiles were kept", kept)
		}
		told, _ := daemon.explain("authon", "usr_1")
		if told.Redacted == nil || told.Redacted.Kind != "user.deleted" || !told.Redacted.At.Equal(began.Add(5*time.Second)) {
			t.Errorf("%+v", told.Redacted)
		}
	})
}

// The row is blanked where the app's tables refer to it, also of a user with a
// name that has to be escaped.
func TestEraseBesideTheAppsTables(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		const user = `u'"; é`
		s.event("authon", "user.created", user, time.Now())
		kind := "uuid"
		if s.db.Dialect() == models.SQLite {
			kind = "text"
		}
		app := s.raw()
		for _, statement := range []string{"CREATE TABLE orders (n int, user_id " + kind + " REFERENCES users ON DELETE CASCADE)", "INSERT INTO orders SELECT 1, id FROM users"} {
			if _, err := app.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		code, out, errs := s.run("erase", "authon", user, "--yes")
		key := map[models.Dialect]string{models.Postgres: "orders_user_id_fkey", models.SQLite: "user_id"}[s.db.Dialect()]
		if code != exitOK || !strings.Contains(out, "the row was blanked and stays, because orders refers to it with "+key+"\n") ||
			!strings.Contains(out, "when nothing there refers to it any more, erase again") {
			t.Errorf("exit code %d: %s%s", code, out, errs)
		}
		rows := s.rows()
		if len(rows) != 1 || rows[0].Email != nil || rows[0].DeletedAt == nil || !strings.HasPrefix(rows[0].ProviderUserID, "erased:") {
			t.Errorf("%+v", rows)
		}
		if outcome := s.tell("authon", "user.created", user, time.Now()); outcome != "ignored" {
			t.Error(outcome)
		}
		if told, code := s.explain("authon", user); code != exitOK || !told.Row || told.Erased == nil || len(told.Fields) != 0 {
			t.Errorf("exit code %d, %+v", code, told)
		}
		s.event("authon", "user.created", "without orders", time.Now())
		if result := s.erase("authon", "without orders"); result.Row != usersync.RowDeleted || len(result.HeldBy) != 0 {
			t.Errorf("who has no orders: %+v", result)
		}
		if code, out, _ := s.run("reconcile", "authon"); code != exitDrift || strings.Contains(out, "erased:") { // the others were never listed
			t.Errorf("exit code %d: %s", code, out)
		}
		if _, err := app.ExecContext(t.Context(), "UPDATE orders SET user_id = NULL"); err != nil {
			t.Fatal(err)
		}
		if result := s.erase("authon", user); result.Row != usersync.RowDeleted || rowsIn(t, databaseURL, "orders") != 1 {
			t.Errorf("once it is let go: %+v", result)
		}
	})
}
