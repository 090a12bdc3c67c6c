package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/models"
)

// configure writes a configuration with one provider; api is its `api` and what
// else it has, as YAML in braces without them.
func configure(t *testing.T, databaseURL, provider, settings string) (file string) {
	t.Helper()
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0'}\ndatabase: {url: '%s', migrate: true, %s}\nproviders:\n  %s: {type: %s, secrets: [%s], %s}\n",
		databaseURL, unhurried, provider, provider, testSecret(provider), settings)
	file = filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// authpiSite is AuthPI's API and a configuration that asks it.
type authpiSite struct {
	t        *testing.T
	api      *fakeprovider.Server
	settings string
}

func newAuthPISite(t *testing.T, options fakeprovider.Options, more string) authpiSite {
	t.Helper()
	api := fakeprovider.New("authpi", options)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	parts := strings.Split(api.Path(), "/") // /v1/accounts/ID/issuers/ID/users
	return authpiSite{t, api, fmt.Sprintf("api: {url: '%s', key: '%s', rate_limit: 100000, params: {account_id: %s, issuer_id: %s}}%s", server.URL, api.Key(), parts[3], parts[5], more)}
}

// thinEvent posts AuthPI's event in the shape of its guide, with nothing but the
// id of the user, signed as its documentation says.
func thinEvent(t *testing.T, daemon *running, kind, user, event string) {
	t.Helper()
	body := []byte(fmt.Sprintf(`{"id":"%[1]s-delivery","time":"%[2]s","type":"event","source":"com.authpi.webhooks/v1/wh_1","specversion":"1.0","datacontenttype":"application/json",`+
		`"data":{"id":"%[1]s","type":"%[3]s","trace":"0","source":"com.authpi/v1","subject":{"user_id":"%[4]s"},"data":{"user_id":"%[4]s"}}}`,
		event, time.Now().UTC().Format(time.RFC3339Nano), kind, user))
	mac := hmac.New(sha256.New, []byte(testSecret("authpi")))
	mac.Write(body)
	header := http.Header{"Content-Type": {"application/cloudevents+json"}, "X-Webhook-Signature": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
	if status, answer := daemon.post(http.DefaultClient, "authpi", header, body); status != http.StatusOK || !strings.Contains(answer, "applied") {
		t.Errorf("%s of %s: %d %s", kind, user, status, answer)
	}
}

// until waits until the condition holds, and fails with what describe says. It looks
// ever less often: most looks ask a database on a connection of their own.
func until(t *testing.T, holds func() bool, describe func() string) {
	t.Helper()
	for begin := time.Now(); !holds(); time.Sleep(min(5*time.Millisecond+time.Since(begin)/10, 100*time.Millisecond)) {
		if time.Since(begin) > patience {
			t.Fatal(describe())
		}
	}
}

// storedRow returns a user's row, nil if there is none.
func storedRow(t *testing.T, db *models.DB, id string) *models.User {
	t.Helper()
	users, err := db.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range users {
		if users[i].ProviderUserID == id {
			return &users[i]
		}
	}
	return nil
}

// untilRow waits until a user's row is as wanted.
func untilRow(t *testing.T, daemon *running, db *models.DB, id string, wanted func(*models.User) bool) {
	t.Helper()
	var row *models.User
	until(t, func() bool {
		row = storedRow(t, db, id)
		return row != nil && wanted(row)
	}, func() string { return fmt.Sprintf("the row of %s is %+v\n%s", id, row, daemon.log) })
}

func hasEmail(want string) func(*models.User) bool {
	return func(u *models.User) bool { return u.Email != nil && *u.Email == want }
}

// queue counts who waits to be fetched, and profiles the rows that have an
// e-mail.
func queue(t *testing.T, databaseURL string) int {
	t.Helper()
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return rowsIn(t, databaseURL, "usersync_hydrations")
	}
	return rowsIn(t, databaseURL, "usersync.hydrations")
}

func profiles(t *testing.T, databaseURL string) int {
	t.Helper()
	return rowsIn(t, databaseURL, "users WHERE email IS NOT NULL")
}

func rowsIn(t *testing.T, databaseURL, table string) (count int) {
	t.Helper()
	driver := "pgx"
	if file, sqlite := strings.CutPrefix(databaseURL, "sqlite:"); sqlite {
		driver, databaseURL = "sqlite", file
	}
	db, err := sql.Open(driver, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// untilNobodyWaits waits until the queue is empty: a fetch is settled a little
// after its row shows.
func untilNobodyWaits(t *testing.T, databaseURL string) {
	t.Helper()
	until(t, func() bool { return queue(t, databaseURL) == 0 }, func() string { return fmt.Sprint("waiting: ", queue(t, databaseURL)) })
}

// fetchedBy reads from a daemon's metrics how many users its worker applied.
func fetchedBy(t *testing.T, daemon *running) (fetched int) {
	t.Helper()
	response, err := http.Get(daemon.adminURL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(page.String()) {
		if strings.HasPrefix(line, "usersync_events_total{") && strings.Contains(line, `origin="hydrate"`) {
			var n int
			if _, err := fmt.Sscan(line[strings.LastIndex(line, " ")+1:], &n); err != nil {
				t.Fatal(err)
			}
			fetched += n
		}
	}
	return fetched
}
