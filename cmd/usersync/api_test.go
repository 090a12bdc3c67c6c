package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/internal/apitest"
	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
	"usersync/internal/report"
)

// operator calls the admin API of a daemon; each answer is held against the document.
type operator struct {
	t      *testing.T
	daemon *running
	client *http.Client
}

func operatorOf(t *testing.T, daemon *running) *operator {
	t.Helper()
	return &operator{t, daemon, &http.Client{Transport: apitest.Load(t).Transport(t, http.DefaultTransport), Timeout: patience}}
}

// call asks, and reads the answer into what result points to unless that is nil.
func (o *operator) call(method, target, body string, result any) (status int, text string, header http.Header) {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, o.daemon.adminURL+"/api/v1"+target, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+appToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := o.client.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	if result != nil {
		if err := json.Unmarshal(read, result); err != nil {
			o.t.Fatalf("%s %s: %d %s: %v", method, target, answer.StatusCode, read, err)
		}
	}
	return answer.StatusCode, string(read), answer.Header
}

// must is call that has to succeed with this status.
func (o *operator) must(want int, method, target, body string, result any) http.Header {
	o.t.Helper()
	status, text, header := o.call(method, target, body, result)
	if status != want {
		o.t.Fatalf("%s %s: %d %s, want %d\n%s", method, target, status, text, want, o.daemon.log)
	}
	return header
}

// found is a page.
type found[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// An operator's day, on a real daemon: events appear, a letter is tried again once the
// configuration understands it, a user is found, explained and erased, a backfill is begun
// and watched.
func TestOperatorsDay(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const late = "    secrets: [test_secret_of_authon]\n"
		s, file := configureApp(t, databaseURL, func(text string) string { return strings.Replace(text, late, late+"    max_future: 1s\n", 1) })
		daemon := startProcess(t, file, databaseURL)
		s.serve(&daemon.running)
		o := operatorOf(t, &daemon.running)

		at := time.Now().Add(-time.Minute)
		for i, event := range []string{"user.created", "user.updated", "user.banned"} {
			s.event("authon", event, "usr_1", at.Add(time.Duration(i)*time.Second))
		}
		var events found[report.LoggedEvent]
		o.must(200, "GET", "/events?user=usr_1&limit=2", "", &events)
		if len(events.Items) != 2 || events.Items[0].Kind != "user.banned" || events.Next == "" {
			t.Fatalf("%+v", events)
		}
		banned := events.Items[0]
		o.must(200, "GET", "/events?user=usr_1&after="+url.QueryEscape(events.Next), "", &events)
		if len(events.Items) != 1 || events.Items[0].Kind != "user.created" {
			t.Errorf("%+v", events)
		}
		var whole report.WholeEvent
		o.must(200, "GET", "/events/one?provider=authon&user=usr_1&event="+url.QueryEscape(banned.EventID)+"&at="+strconv.FormatInt(banned.Time, 10), "", &whole)
		suspends := false
		for _, f := range whole.Stands {
			suspends = suspends || f.Field == "suspended" && f.Value == true
		}
		if !suspends {
			t.Errorf("the ban set %+v", whole.Stands)
		}

		o.retries(daemon)

		var users found[report.User]
		o.must(200, "GET", "/users?q=USR_1%40Example.com", "", &users)
		if len(users.Items) != 1 || users.Items[0].ProviderUserID != "usr_1" || !users.Items[0].Suspended {
			t.Fatalf("by e-mail: %+v", users)
		}
		o.must(200, "GET", "/users?q="+users.Items[0].ID, "", &users)
		if len(users.Items) != 1 {
			t.Errorf("by the row's id: %+v", users)
		}
		var api report.Explanation
		o.must(200, "GET", "/users/one?provider=authon&user=usr_1", "", &api)
		if cli, _ := daemon.explain("authon", "usr_1"); string(apitest.JSON(t, cli)) != string(apitest.JSON(t, api)) {
			t.Errorf("the command line has\n%s\nand the API\n%s", apitest.JSON(t, cli), apitest.JSON(t, api))
		}
		var erased report.Erasure
		o.must(200, "POST", "/users/erase", `{"provider":"authon","user_id":"usr_1","confirm":"usr_1"}`, &erased)
		if left := s.thereIs("usr_1"); len(left) > 0 || erased.Row != "deleted" || erased.Removed.Events != 3 {
			t.Errorf("left in %v; %+v", left, erased)
		}
		o.must(200, "GET", "/users/one?provider=authon&user=usr_1", "", &api)
		if api.Erased == nil || api.Row {
			t.Errorf("%+v", api)
		}
		o.watches()
	})
}

// retries has a letter that is understood after a reload.
func (o *operator) retries(daemon *process) {
	t := o.t
	if got := daemon.ahead("authon", "usr_9", time.Hour); got != "dead_letter" {
		t.Fatal(got)
	}
	var letters found[report.Letter]
	o.must(200, "GET", "/dead-letters?provider=authon", "", &letters)
	if len(letters.Items) != 1 || letters.Items[0].UserID != "usr_9" {
		t.Fatalf("%+v", letters)
	}
	id := strconv.FormatInt(letters.Items[0].ID, 10)
	var letter report.WholeLetter
	o.must(200, "GET", "/dead-letters/"+id, "", &letter)
	if !strings.Contains(string(letter.Payload), "usr_9@example.com") {
		t.Errorf("%+v", letter)
	}
	var status report.Status
	o.must(200, "GET", "/status", "", &status)
	var tried report.Retry
	o.must(200, "POST", "/dead-letters/retry", `{"ids":[`+id+`]}`, &tried)
	if len(tried.Stays) != 1 || tried.Stays[0].Why == "" {
		t.Fatalf("%+v", tried)
	}
	rewrite(t, daemon.configFile, func(text string) string { return strings.Replace(text, "max_future: 1s", "max_future: 2h", 1) })
	daemon.hangup()
	daemon.awaitLog(`"reloaded"`, 1)
	o.must(200, "POST", "/dead-letters/retry", `{"ids":[`+id+`]}`, &tried)
	if tried.Counts["applied"] != 1 {
		t.Errorf("%+v", tried)
	}
	o.must(404, "GET", "/dead-letters/"+id, "", nil)
}

// watches begins a backfill of twenty users and watches it to its end.
func (o *operator) watches() {
	t := o.t
	var run report.Run
	location := o.must(202, "POST", "/runs", `{"provider":"authon","kind":"backfill"}`, &run).Get("Location")
	for deadline := time.Now().Add(patience); run.State == "running"; {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", run)
		}
		o.must(200, "GET", strings.TrimPrefix(location, "/api/v1")+"?wait=10s", "", &run)
	}
	if run.State != "complete" || run.Counts.Users != 20 || run.Counts.Changed == 0 {
		t.Errorf("%+v", run)
	}
	var runs found[report.Run]
	o.must(200, "GET", "/runs?provider=authon", "", &runs)
	if len(runs.Items) != 1 || runs.Items[0].ID != run.ID {
		t.Errorf("%+v", runs)
	}
	if status, text, _ := o.call("POST", "/runs", `{"provider":"nokey","kind":"plan"}`, nil); status != 422 || !strings.Contains(text, "provider: ") {
		t.Errorf("without a key: %d %s", status, text)
	}
	var providers found[report.Provider]
	o.must(200, "GET", "/providers", "", &providers)
	for _, p := range providers.Items {
		if p.Name == "authon" && (!p.Listed || !strings.HasSuffix(p.WebhookURL, "/webhooks/authon") || p.Hour.Verified == 0) {
			t.Errorf("%+v", p)
		}
	}
}

// While the database is away the status says so, and who needs it is told to come back.
func TestOperatorsOutage(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	s, file := configureApp(t, through, nil)
	daemon := startProcess(t, file, databaseURL)
	s.serve(&daemon.running)
	o := operatorOf(t, &daemon.running)
	s.event("authon", "user.created", "usr_1", time.Now())
	if err := proxy.Set(faultproxy.Refuse); err != nil {
		t.Fatal(err)
	}
	if got := daemon.tell("authon", "user.updated", "usr_1", time.Now()); got != "spooled" {
		t.Fatal(got)
	}
	var status report.Status
	o.must(200, "GET", "/status", "", &status)
	if !status.Database.Away || status.Database.Error == "" || !status.Ready || status.Spool == nil || status.Spool.Records != 1 {
		t.Errorf("%+v", status)
	}
	for _, target := range []string{"/events", "/users?q=usr_1", "/users/one?provider=authon&user=usr_1", "/dead-letters", "/runs", "/runs/1"} {
		if code, text, header := o.call("GET", target, "", nil); code != 503 || header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", target, code, text)
		}
	}
	for target, body := range map[string]string{
		"/users/erase": `{"provider":"authon","user_id":"usr_1","confirm":"usr_1"}`, "/runs": `{"provider":"authon","kind":"plan"}`, "/dead-letters/retry": `{"all":true}`,
	} {
		if code, text, _ := o.call("POST", target, body, nil); code != 503 {
			t.Errorf("%s: %d %s", target, code, text)
		}
	}
	o.must(400, "GET", "/events?limit=many", "", nil)
	if err := proxy.Set(faultproxy.Pass); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		o.must(200, "GET", "/status", "", &status)
		code, _, _ := o.call("GET", "/events", "", nil)
		return !status.Database.Away && status.Spool.Records == 0 && code == 200
	}, func() string { return string(apitest.JSON(t, status)) })
}
