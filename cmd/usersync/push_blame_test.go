package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usersync/internal/fakeprovider"
	"usersync/models"
)

// through has the provider reached through a handler.
func (s pushSite) through(t *testing.T, handle http.HandlerFunc) {
	t.Helper()
	proxy := httptest.NewServer(handle)
	t.Cleanup(proxy.Close)
	rewrite(t, s.config, func(text string) string {
		begin := strings.Index(text, "api: {url: '") + len("api: {url: '")
		return text[:begin] + proxy.URL + text[begin+strings.IndexByte(text[begin:], '\''):]
	})
}

// What concerns one user fails that line, wherever it stands in the file, and
// ends no run.
func TestPushIsNotBlockedByOneUser(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"403":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"405":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) },
		"413":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) },
		"414":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestURITooLong) },
		"another":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":"usr_0000004"}`) },
		"too large": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `"%s"`, strings.Repeat("x", 16<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 5)
			site.through(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/usr_0000001") || strings.HasSuffix(r.URL.Path, "/usr_0000003") {
					answer(w, r)
					return
				}
				site.api.ServeHTTP(w, r)
			})
			site.write(t, "users.csv", "id,external_id,name\nusr_0000001,,A\nusr_0000002,,B\nusr_0000002,..,C\nusr_0000003,,D\n")
			for _, second := range []string{resultUpdated, resultUnchanged} {
				if code, results, errs := site.push(t, "authon"); code != exitFailed || shortResults(results) != "2 failed, 3 "+second+", 4 failed, 5 failed" {
					t.Errorf("exit code %d: %+v\n%s", code, results, errs)
				}
			}
		})
	}
}

// What three lines in a row meet is not about their users.
func TestPushStopsWhereNobodyMayBeWritten(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 5)
	site.through(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		site.api.ServeHTTP(w, r)
	})
	site.write(t, "users.csv", "id,name\nusr_0000001,A\nusr_0000002,B\nusr_0000003,C\nusr_0000004,D\n")
	if code, results, errs := site.push(t, "authon"); code != exitFailed || len(results) != 0 || !strings.Contains(errs, "usersync: line 2: ") || !strings.Contains(errs, "403 Forbidden") {
		t.Errorf("exit code %d: %+v\n%s", code, results, errs)
	}
}

// A line that was being written when the push was told to stop is done again,
// whatever was done behind it.
func TestPushInterruptedInACreate(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 5)
	creating, proceed := make(chan struct{}), make(chan struct{})
	site.through(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-proceed:
		default:
			if r.Method == http.MethodPost {
				_, _ = io.Copy(io.Discard, r.Body) // its end is seen in the context only then
				close(creating)
				<-r.Context().Done()
				return
			}
		}
		site.api.ServeHTTP(w, r)
	})
	site.write(t, "users.csv", "id,email,name\n,new@example.com,A\nusr_0000001,,B\n")
	ctx, stop := context.WithCancel(t.Context())
	var out, errs strings.Builder
	p := &program{stdout: &out, stderr: &errs}
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(ctx, []string{"push", "authon", "--file", site.file, "--json", "--config", site.config})
	}()
	<-creating
	until(t, func() bool { u, _ := site.api.Users().Get("usr_0000001"); return u.Name == "B" }, func() string { return "the second line was not done" })
	stop() // whether or not its answer has arrived
	if code := <-ended; code != exitFailed || out.String() != "" {
		t.Errorf("exit code %d: %s%s", code, out.String(), errs.String())
	}
	close(proceed)
	if code, results, errs := site.push(t, "authon"); code != exitOK || shortResults(results) != "2 created, 3 unchanged" {
		t.Errorf("exit code %d: %+v\n%s", code, results, errs)
	}
}

// What follows a write and fails is told with the user, whose row is there; the
// next push does what is missing.
func TestPushSaysWhoWasMade(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 1)
	forbidden := true
	site.through(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case forbidden && strings.HasSuffix(r.URL.Path, "/ban"):
			w.WriteHeader(http.StatusForbidden)
		case r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/usr_0000000"):
			w.WriteHeader(http.StatusNoContent)
		case strings.HasSuffix(r.URL.Path, "/usr_0000000") && site.api.Counts().Requests[fakeprovider.Fetch] > 0:
			fmt.Fprint(w, `{"id":"usr_0000000","displayName":{}}`)
		default:
			site.api.ServeHTTP(w, r)
		}
	})
	site.write(t, "users.csv", "id,email,name,suspended\n,new@example.com,A,true\nusr_0000000,,B,\n")
	code, results, errs := site.push(t, "authon")
	if code != exitFailed || !strings.Contains(results[2].Error, "the user was made, but not banned") || results[3].ID != "usr_0000000" || !strings.Contains(results[3].Error, "the user was written, but could not be read again") ||
		site.rows(t)[results[2].ID] != "new@example.com A false" {
		t.Errorf("exit code %d: %+v, %v\n%s", code, results, site.rows(t), errs)
	}
	db, err := models.Open(site.db, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if letters, err := db.DeadLetters(t.Context(), 10); err != nil || len(letters) != 1 {
		t.Errorf("%+v, %v", letters, err)
	}
	forbidden = false
	if _, results, errs = site.push(t, "authon"); results[2].Result != resultUpdated || site.rows(t)[results[2].ID] != "new@example.com A true" {
		t.Errorf("%+v, %v\n%s", results, site.rows(t), errs)
	}
}
