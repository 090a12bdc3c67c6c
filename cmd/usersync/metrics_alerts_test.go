package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/promtest"
	"usersync/internal/spool"
	"usersync/models"
	usersync "usersync/sync"
)

// spooledBefore is a spool in which a request has waited for ten minutes.
func spooledBefore(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "spool")
	s, err := spool.Open(dir, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := usersync.Verified{Provider: "authon", ReceivedAt: now() - usersync.Micros(10*time.Minute/time.Microsecond), Body: []byte("{}")}
	if err := s.Append(context.Background(), &v); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// buriedBefore stores a dead letter, as a daemon has done that is no more: the first census
// finds it.
func buriedBefore(t *testing.T, databaseURL string) {
	t.Helper()
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := &usersync.Delivery{Letters: []usersync.DeadLetter{{Provider: "authon", Reason: "bad_json", Payload: []byte("no json"), ReceivedAt: now()}}}
	if r := newEngine(db, quietLog()).Apply(t.Context(), []*usersync.Delivery{d})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
}

// A real Prometheus watches two daemons: one with a provider that is silent, a sender whose
// secret is wrong and an event that cannot be applied, and one whose database is away. It
// fires these alerts, and no other.
func TestAlertsOfARealPrometheus(t *testing.T) {
	t.Parallel()
	databaseURL := databaseURLs["sqlite"](t)
	buriedBefore(t, databaseURL)
	troubled := configure(t, databaseURL, "authon", "")
	rewrite(t, troubled, func(text string) string {
		return text + "  quiet: {type: authon, secrets: [" + testSecret("quiet") + "], max_silence: 1s}\n"
	})
	one := startConfigured(t, troubled, "")
	// Nobody listens at the port of discard.
	cut := configure(t, "postgres://nobody:none@127.0.0.1:9/none", "authon", "")
	rewrite(t, cut, func(text string) string { return text + fmt.Sprintf("spool: {dir: %q}\n", spooledBefore(t)) })
	other := startConfigured(t, cut, "")

	want := map[string]string{
		"UsersyncProviderSilent": "quiet", "UsersyncSignatureFailures": "authon", "UsersyncAllDeliveriesRejected": "authon",
		"UsersyncDeadLetters": "authon", "UsersyncSpoolInUse": "", "UsersyncDatabaseAway": "",
	}
	server := promtest.Watch(t, projectRoot, "usersync", strings.TrimPrefix(one.adminURL, "http://"), strings.TrimPrefix(other.adminURL, "http://"))
	var firing map[string]string
	for deadline := time.Now().Add(patience); !maps.Equal(firing, want); firing = server.Firing() {
		if time.Now().After(deadline) {
			t.Fatalf("these fire: %v", firing)
		}
		// The failures have to come between two looks of Prometheus, whenever they are.
		if status, answer := one.post(http.DefaultClient, "authon", http.Header{}, []byte("{}")); status != http.StatusUnauthorized {
			t.Fatalf("%d %s", status, answer)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
