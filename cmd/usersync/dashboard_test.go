package main

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"usersync/providers"
)

// operatorToken is what operators of these tests sign in with.
const operatorToken = "token-of-the-operator-4c1e"

// withOperator gives the configuration a token for operators.
func withOperator(t *testing.T, file string) {
	t.Helper()
	rewrite(t, file, func(text string) string {
		return strings.NewReplacer("admin: {listen: 127.0.0.1:0}", "admin: {listen: 127.0.0.1:0, token: "+operatorToken+"}", "admin:\n", "admin:\n  token: "+operatorToken+"\n").Replace(text)
	})
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), operatorToken) {
		t.Fatalf("no token in %s: %v", text, err)
	}
}

// visitor is somebody at the dashboard of a daemon, with a browser that runs no scripts.
type visitor struct {
	daemon *running
	cookie *http.Cookie
}

// operate signs in.
func (r *running) operate() *visitor {
	r.t.Helper()
	o := &visitor{daemon: r}
	answer, body := o.ask(http.MethodPost, "/sign-in", url.Values{"token": {operatorToken}})
	if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 1 {
		r.t.Fatalf("signing in: %d %s", answer.StatusCode, body)
	}
	o.cookie = answer.Cookies()[0]
	return o
}

func (o *visitor) ask(method, path string, form url.Values) (*http.Response, string) {
	t := o.daemon.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, o.daemon.adminURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if o.cookie != nil {
		r.AddCookie(o.cookie)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// read opens a page that must be there.
func (o *visitor) read(path string) string {
	o.daemon.t.Helper()
	answer, body := o.ask(http.MethodGet, path, nil)
	if answer.StatusCode != http.StatusOK {
		o.daemon.t.Fatalf("%s: %d %s", path, answer.StatusCode, body)
	}
	return body
}

// send sends a form and opens the page that it leads to.
func (o *visitor) send(path string, form url.Values) (to, body string) {
	o.daemon.t.Helper()
	answer, body := o.ask(http.MethodPost, path, form)
	if answer.StatusCode != http.StatusSeeOther {
		o.daemon.t.Fatalf("%s: %d %s", path, answer.StatusCode, body)
	}
	to = answer.Header.Get("Location")
	return to, o.read(to)
}

// link finds the first link of a page that begins so.
func (o *visitor) link(body, prefix string) string {
	o.daemon.t.Helper()
	found := regexp.MustCompile(`href="(` + regexp.QuoteMeta(prefix) + `[^"]*)"`).FindStringSubmatch(body)
	if found == nil {
		o.daemon.t.Fatalf("no link to %s… in %s", prefix, body)
	}
	return html.UnescapeString(found[1])
}

func wants(t *testing.T, body string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(body, word) {
			t.Fatalf("no %q in %s", word, body)
		}
	}
}

// What an operator does at the dashboard of a real daemon: what came is read, a dead letter
// retried, the table compared and repaired, a user erased.
func TestDashboardOfADaemon(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newBackfillSite(t, "authon", databaseURL, 230)
		withOperator(t, site.config)
		daemon := startConfigured(t, site.config, databaseURL)
		at := time.Now().Add(-time.Minute)
		sample := providers.Sample{UserID: "usr one&two", Email: "Jane@example.com", Time: at}
		if got := daemon.outcome("authon", "user.created", sample); got != "applied" {
			t.Fatal(got)
		}
		later := sample
		later.Email, later.EventID, later.Time = "new@example.com", "evt/2", at.Add(time.Second)
		if got := daemon.outcome("authon", "user.updated", later); got != "applied" {
			t.Fatal(got)
		}
		o := daemon.operate()
		page := o.read("/events?user=usr+one%26two")
		wants(t, page, "evt/2", "user.created", "user.updated")
		if page := o.read("/events?event=evt%2F2"); !strings.Contains(page, "<td>authon user.updated</td>") || strings.Contains(page, "<td>authon user.created</td>") {
			t.Errorf("the events of one id: %s", page)
		}
		page = o.read(o.link(page[strings.LastIndex(page, "<tr>"):], "/events/one"))
		wants(t, page, "user.created", "newer elsewhere", "stands", "evt/2")
		page = o.read("/users?q=NEW%40example.com")
		user := o.link(page, "/users/one")
		wants(t, o.read(user), "new@example.com", "evt/2", "user.created")
		wants(t, o.read("/users?q=jane%40example.com"), "Nobody was found")

		runStatements(t, databaseURL, "CREATE UNIQUE INDEX app_unique ON users (email)")
		poisoned := later
		poisoned.UserID, poisoned.EventID = "usr_poisoned", "evt/3"
		if got := daemon.outcome("authon", "user.updated", poisoned); got != "dead_letter" {
			t.Fatal(got)
		}
		page = o.read("/letters?reason=refused")
		wants(t, page, "evt/3", "The database refused the data")
		letter := o.link(page, "/letters/")
		wants(t, o.read(letter), "usr_poisoned", "&#34;email&#34;", "Retry this letter")
		form := url.Values{"which": {"selected"}, "id": {strings.TrimPrefix(letter, "/letters/")}}
		_, page = o.send("/letters/retry", form)
		wants(t, page, "1 stay", "the database refused")
		runStatements(t, databaseURL, "DROP INDEX app_unique")
		_, page = o.send("/letters/retry", url.Values{"which": {"filter"}, "provider": {"authon"}})
		wants(t, page, "none stays", "applied")
		wants(t, o.read("/letters"), "There is no dead letter")

		ended := func(kind string) (path string) {
			t.Helper()
			until(t, func() bool {
				var answer *http.Response
				answer, page = o.ask(http.MethodPost, "/runs", url.Values{"provider": {"authon"}, "kind": {kind}})
				path = answer.Header.Get("Location")
				if answer.StatusCode != http.StatusSeeOther && answer.StatusCode != http.StatusConflict {
					t.Fatalf("%d %s", answer.StatusCode, page)
				}
				return path != "" // the end of the last one shows a moment before the provider is free again
			}, func() string { return page })
			until(t, func() bool { page = o.read(path); return !strings.Contains(page, "running</span>") }, func() string { return page })
			return path
		}
		ended("plan")
		wants(t, page, "Deletions are held back", "none of the 2 users here is listed", "Who differs", `value="reconcile"`)
		if rows := rowsIn(t, databaseURL, "users"); rows != 2 {
			t.Errorf("a plan made %d rows", rows)
		}
		run := ended("backfill")
		wants(t, page, "complete")
		wants(t, o.read("/runs"), run, "backfill", "plan")
		if rows := rowsIn(t, databaseURL, "users"); rows != 232 {
			t.Errorf("%d rows", rows)
		}

		_, page = o.send("/users/erase", url.Values{"provider": {"authon"}, "user": {sample.UserID}, "confirm": {sample.UserID}})
		wants(t, page, "Erased", "2 removed")
		wants(t, o.read(user), "The user was erased")
		for _, word := range []string{"example.com", "usr_poisoned", "one&two", "evt/", operatorToken} {
			if strings.Contains(daemon.log.String(), word) {
				t.Errorf("%s stands in the log:\n%s", word, daemon.log)
			}
		}
	})
}
