package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v3"

	"usersync/handlers"
	"usersync/internal/report"
	"usersync/internal/secret"
	usersync "usersync/sync"
)

// fakeUsers knows the provider acme, whose users answer as their ids say.
type fakeUsers struct {
	mu    sync.Mutex
	calls []string // what was asked for, in order
	reads int
	// present, if set, says how a row looks when it is read.
	present func(reads int) (handlers.UserRow, bool)
}

var rowTime = time.Date(2026, 5, 4, 3, 2, 1, 120_000_000, time.UTC)

func fakeRow(key usersync.UserKey) handlers.UserRow {
	at := report.Instant{Time: rowTime}
	return handlers.UserRow{ID: key.ID().String(), Provider: key.Provider, ProviderUserID: key.UserID, DeletedAt: &at, CreatedAt: at, UpdatedAt: at}
}

func (f *fakeUsers) note(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
}

func (f *fakeUsers) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.calls, "; ")
}

func (f *fakeUsers) Has(provider string) bool { return provider == "acme" }

func (f *fakeUsers) Ensure(_ context.Context, key usersync.UserKey) (handlers.UserRow, error) {
	f.note("ensure " + key.UserID)
	return fakeRow(key), faultOf(key.UserID)
}

func (f *fakeUsers) Write(_ context.Context, c handlers.UserChange) (handlers.UserRow, error) {
	call := "write"
	for _, part := range []string{c.UserID, c.ExternalID, map[usersync.Access]string{usersync.AccessBanned: "banned", usersync.AccessUnbanned: "unbanned"}[c.Access]} {
		if part != "" {
			call += " " + part
		}
	}
	for field, v := range c.Fields {
		name := usersync.Field(field).String()
		document, _ := v.Document()
		switch v.Kind() {
		case usersync.Absent:
		case usersync.Null:
			call += " " + name + "=null"
		case usersync.Bool:
			call += fmt.Sprintf(" %s=%v", name, v.True())
		default:
			call += " " + name + "=" + v.Str() + document
		}
	}
	f.note(call)
	if c.UserID == "" {
		c.UserID = "new"
	}
	return fakeRow(c.UserKey), faultOf(c.UserID)
}

// faultOf is the fault that an id asks for.
func faultOf(id string) error {
	switch id {
	case "incapable":
		return &handlers.UserError{Fault: handlers.FaultIncapable, Text: "acme fetches no users"}
	case "unknown":
		return &handlers.UserError{Fault: handlers.FaultUser, Text: "no such user"}
	case "refused":
		return &handlers.UserError{Fault: handlers.FaultRefused, Text: "refused: invalid_email"}
	case "conflict":
		return &handlers.UserError{Fault: handlers.FaultConflict, Text: "taken"}
	case "wrong":
		return &handlers.UserError{Fault: handlers.FaultProviderWrong, Text: "the provider answered 401"}
	case "away":
		return &handlers.UserError{Fault: handlers.FaultProviderAway, Text: "the provider is away", After: 29500 * time.Millisecond}
	case "storage":
		return &handlers.UserError{Fault: handlers.FaultStorage, Text: "our database is away", Cause: os.ErrDeadlineExceeded}
	case "half":
		return &handlers.UserError{Fault: handlers.FaultHalf, Text: "made, but not banned", UserID: "usr_1"}
	case "bug":
		return os.ErrInvalid
	case "panic":
		panic(marker)
	default:
		return nil
	}
}

func (f *fakeUsers) Row(_ context.Context, key usersync.UserKey) (handlers.UserRow, bool, error) {
	f.mu.Lock()
	f.reads++
	reads := f.reads
	f.mu.Unlock()
	if f.present != nil {
		row, found := f.present(reads)
		return row, found, nil
	}
	return fakeRow(key), key.UserID != "nobody", faultOf(key.UserID)
}

// userScenario is one entry of testdata/users.yaml.
type userScenario struct {
	Name    string `yaml:"name"`
	NoToken bool   `yaml:"no_token"` // none is configured
	Request struct {
		Method  string              `yaml:"method"`
		Target  string              `yaml:"target"`
		Headers []map[string]string `yaml:"headers"`
		Body    string              `yaml:"body"`
		Repeat  int                 `yaml:"repeat"`
		Chunked bool                `yaml:"chunked"`
	} `yaml:"request"`
	Want struct {
		Status  int               `yaml:"status"`
		Body    string            `yaml:"body"`
		Holds   string            `yaml:"holds"` // instead of body: what it has to contain
		Headers map[string]string `yaml:"headers"`
		Asked   string            `yaml:"asked"`
		Log     string            `yaml:"log"`
	} `yaml:"want"`
}

func TestUserScenarios(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/users.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	strict := yaml.NewDecoder(file)
	strict.KnownFields(true)
	var all []userScenario
	if err := strict.Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			users := &fakeUsers{}
			token := secret.New(adminToken)
			if s.NoToken {
				token = secret.Text{}
			}
			w := newSite(t, settings{token: token, users: users})
			// The form of the other scenarios, with the token where none is given.
			request := scenario{Request: s.Request}
			request.Request.Target = "/api/v1/users/" + s.Request.Target
			r := request.request(t, w.admin)
			for name, usual := range map[string]string{"Authorization": "Bearer " + adminToken, "Content-Type": "application/json"} {
				if _, given := r.Header[name]; !given {
					r.Header.Set(name, usual)
				}
			}
			answer, body := do(t, r)
			if answer.StatusCode != s.Want.Status || s.Want.Holds == "" && body != s.Want.Body || !strings.Contains(body, s.Want.Holds) {
				t.Errorf("answer %d %s, want %d %s%s", answer.StatusCode, body, s.Want.Status, s.Want.Body, s.Want.Holds)
			}
			scenario{Want: struct {
				Status  int               `yaml:"status"`
				Body    string            `yaml:"body"`
				Headers map[string]string `yaml:"headers"`
				Stored  int               `yaml:"stored"`
				Log     string            `yaml:"log"`
			}{Headers: s.Want.Headers}}.checkHeaders(t, answer.Header)
			if got := users.asked(); got != s.Want.Asked {
				t.Errorf("asked for %q, want %q", got, s.Want.Asked)
			}
			eventually(t, "the log line", func() bool { return strings.Contains(w.journal.String(), `"message":"request"`) })
			log := w.journal.String()
			if !strings.Contains(log, s.Want.Log) {
				t.Errorf("the log lacks %s:\n%s", s.Want.Log, log)
			}
			if strings.Contains(strings.ToLower(log+body), marker) || strings.Contains(log+body, adminToken) {
				t.Errorf("log or answer hold what the request said:\n%s\n%s", body, log)
			}
		})
	}
}

// wait asks for a row as the app does.
func (w *site) wait(t *testing.T, id, query string) (*http.Response, string) {
	t.Helper()
	return w.ask(t, http.MethodGet, "/api/v1/users/acme/"+id+"/wait"+query, "Bearer "+adminToken)
}

// A wait ends with the first read that finds what it waits for.
func TestWaitEndsWithTheRow(t *testing.T) {
	t.Parallel()
	users := &fakeUsers{present: func(reads int) (handlers.UserRow, bool) {
		row := fakeRow(usersync.UserKey{Provider: "acme", UserID: "u"})
		if reads >= 5 {
			row.UpdatedAt.Time = rowTime.Add(time.Microsecond)
		}
		return row, reads >= 3
	}}
	w := newSite(t, settings{token: secret.New(adminToken), users: users})
	if answer, body := w.wait(t, "u", "?timeout=30s"); answer.StatusCode != http.StatusOK || users.reads != 3 {
		t.Errorf("%d %s after %d reads", answer.StatusCode, body, users.reads)
	}
	users.reads = 0
	answer, body := w.wait(t, "u", "?timeout=30s&after="+rowTime.Format(time.RFC3339Nano))
	if answer.StatusCode != http.StatusOK || users.reads != 5 || !strings.Contains(body, "01.120001Z") {
		t.Errorf("%d %s after %d reads", answer.StatusCode, body, users.reads)
	}
}

// waitFor asks for a row as the app does, without a network.
func waitFor(admin http.Handler, id, query string) *httptest.ResponseRecorder {
	return call(admin, http.MethodGet, "/api/v1/users/acme/"+id+"/wait"+query, "", map[string]string{"Authorization": "Bearer " + adminToken})
}

// Each waits as long as it asked for, and no longer.
func TestWaitInVain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		_, _, admin := newHandlers(settings{token: secret.New(adminToken), users: &fakeUsers{}})
		for query, want := range map[string]struct {
			id     string
			status int
			took   time.Duration
		}{
			"?timeout=150ms": {"nobody", http.StatusNotFound, 150 * time.Millisecond},
			"?timeout=150ms&after=2026-05-04T03:02:02Z": {"u", http.StatusConflict, 150 * time.Millisecond},
			"": {"nobody", http.StatusNotFound, 3 * time.Second},
		} {
			start := time.Now()
			answer := waitFor(admin, want.id, query)
			if took := time.Since(start); answer.Code != want.status || took != want.took {
				t.Errorf("%s: %d %s after %s", query, answer.Code, answer.Body, took)
			}
		}
	})
}

// Who goes away, or meets a daemon that stops, waits no longer.
func TestWaitIsCutShort(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	users := &fakeUsers{present: func(int) (handlers.UserRow, bool) {
		select {
		case arrived <- struct{}{}:
		default:
		}
		return handlers.UserRow{}, false
	}}
	w := newSite(t, settings{token: secret.New(adminToken), users: users})
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.admin+"/api/v1/users/acme/nobody/wait?timeout=30s", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+adminToken)
	go func() {
		<-arrived
		leave()
	}()
	if answer, err := http.DefaultClient.Do(r); err == nil {
		answer.Body.Close()
		t.Errorf("the client got an answer: %d", answer.StatusCode)
	}
	eventually(t, "the end of the wait", func() bool { return strings.Contains(w.journal.String(), `"reason":"client_gone"`) })

	// A poll of the first client may have left word that somebody arrived, but
	// none comes after its end.
	select {
	case <-arrived:
	default:
	}
	go func() {
		<-arrived
		w.stop()
	}()
	start := time.Now()
	if answer, body := w.wait(t, "nobody", "?timeout=30s"); answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	if took := time.Since(start); took >= 30*time.Second {
		t.Errorf("the daemon waited %s for a client that waits", took)
	}
}

// Only so many may wait, and the more they are the less often each reads; the
// places are given back.
func TestWaitersAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		users := &fakeUsers{}
		_, _, admin := newHandlers(settings{token: secret.New(adminToken), users: users})
		var crowd sync.WaitGroup
		for range 256 {
			crowd.Go(func() {
				if answer := waitFor(admin, "nobody", "?timeout=2s"); answer.Code != http.StatusNotFound {
					t.Errorf("%d %s", answer.Code, answer.Body)
				}
			})
		}
		synctest.Wait()
		if answer := waitFor(admin, "nobody", "?timeout=0s"); answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "256 others") {
			t.Errorf("one too many: %d %s", answer.Code, answer.Body)
		}
		crowd.Wait()
		// Two seconds of 500 reads, and the first ones of all.
		if users.reads > 1256 {
			t.Errorf("%d reads in two seconds", users.reads)
		}
		if answer := waitFor(admin, "nobody", "?timeout=0s"); answer.Code != http.StatusNotFound {
			t.Errorf("%d %s", answer.Code, answer.Body)
		}
	})
}
