package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/models"
	"usersync/providers"
)

const appToken = "token-of-the-app-0b5d"

// appSite is a daemon, the fake APIs of its providers, and the app beside it.
type appSite struct {
	*running
	authon, authpi *fakeprovider.Server
	db             *models.DB
}

// newAppSite starts a daemon; see configureApp.
func newAppSite(t *testing.T, databaseURL string, edit func(text string) string) *appSite {
	t.Helper()
	s, file := configureApp(t, databaseURL, edit)
	s.serve(startConfigured(t, file, databaseURL))
	return s
}

// configureApp writes the configuration of a daemon that may write at authon
// and authpi. The others have no API, or no key of it. edit changes it.
func configureApp(t *testing.T, databaseURL string, edit func(text string) string) (s *appSite, file string) {
	t.Helper()
	s = &appSite{authon: fakeprovider.New("authon", fakeprovider.Options{Users: 20}), authpi: fakeprovider.New("authpi", fakeprovider.Options{})}
	authon, authpi := httptest.NewServer(s.authon), httptest.NewServer(s.authpi)
	t.Cleanup(authon.Close)
	t.Cleanup(authpi.Close)
	text := "listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0', token: " + appToken + "}\n" +
		"database: {url: '" + databaseURL + "', migrate: true, " + unhurried + "}\nproviders:\n" +
		"  authon:\n    type: authon\n    secrets: [" + testSecret("authon") + "]\n" +
		"    api: {url: '" + authon.URL + "', key: '" + s.authon.Key() + "', rate_limit: 10000}\n" +
		"  authpi:\n    type: authpi\n    secrets: [" + testSecret("authpi") + "]\n" +
		"    api: {url: '" + authpi.URL + "', key: '" + s.authpi.Key() + "', rate_limit: 10000, params: {account_id: acc_demo, issuer_id: iss_demo}}\n" +
		"  authon_pro: {type: authon_pro, secrets: [" + testSecret("authon_pro") + "]}\n" +
		"  nokey: {type: authon, secrets: [" + testSecret("nokey") + "]}\n"
	if edit != nil {
		text = edit(text)
	}
	file = filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, file
}

// serve is called with the daemon once it runs.
func (s *appSite) serve(daemon *running) {
	s.running = daemon
	s.db = s.inspect()
	t := s.t
	t.Cleanup(func() {
		// Whatever a test did: neither the log nor an answer may show these.
		for _, secret := range []string{appToken, s.authon.Key(), s.authpi.Key(), testSecret("authon"), "@example"} {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("the log holds %q:\n%s", secret, s.log)
			}
		}
	})
}

// raw opens the database without any help.
func (s *appSite) raw() *sql.DB {
	s.t.Helper()
	driver, source := "pgx", s.database
	if file, isFile := strings.CutPrefix(source, "sqlite:"); isFile {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)" // the daemon writes too
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

// reply is an answer of the API.
type reply struct {
	t          *testing.T
	status     int
	retryAfter string
	text       string
	row        map[string]any
}

// ask sends a request as the app does; a body is sent as JSON.
func (s *appSite) ask(method, path, body string) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.adminURL+"/api/v1/users/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+appToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	got := reply{t: s.t, status: answer.StatusCode, retryAfter: answer.Header.Get("Retry-After"), text: string(text)}
	if err := json.Unmarshal(text, &got.row); err != nil {
		s.t.Fatalf("%s %s: %d %s", method, path, got.status, text)
	}
	for _, secret := range []string{appToken, s.authon.Key(), s.authpi.Key()} {
		if strings.Contains(got.text, secret) {
			s.t.Errorf("the answer holds %q: %s", secret, text)
		}
	}
	return got
}

// want checks the status, and columns of the row.
func (r reply) want(status int, columns map[string]any) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%d %s, want %d", r.status, r.text, status)
	}
	for name, value := range columns {
		if got, there := r.row[name]; !there || got != value {
			r.t.Errorf("%s is %v, want %v: %s", name, got, value, r.text)
		}
	}
	return r
}

// says checks an error.
func (r reply) says(status int, words string) {
	r.t.Helper()
	text, _ := r.row["error"].(string)
	if r.status != status || !strings.Contains(text, words) {
		r.t.Errorf("%d %s, want %d and %q", r.status, r.text, status, words)
	}
}

func (r reply) id() string {
	r.t.Helper()
	id, _ := r.row["provider_user_id"].(string)
	if id == "" {
		r.t.Fatalf("no provider_user_id: %d %s", r.status, r.text)
	}
	return id
}

// rows are all rows of the table.
func (s *appSite) rows() []models.User {
	s.t.Helper()
	users, err := s.db.Users(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return users
}

// event delivers a webhook about a user as of the given time.
func (s *appSite) event(provider, name, userID string, at time.Time) {
	s.t.Helper()
	header, body, err := s.providers[provider].Build(name, providers.Sample{UserID: userID, Email: userID + "@example.com", Name: "Of An Event", EventID: name + at.String(), Time: at})
	if err != nil {
		s.t.Fatal(err)
	}
	if status, answer := s.post(http.DefaultClient, provider, header, body); status != http.StatusOK || !strings.Contains(answer, "applied") {
		s.t.Fatalf("%s: %d %s", name, status, answer)
	}
}
