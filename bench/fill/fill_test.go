package fill_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/bench/fill"
	"usersync/bench/traffic"
	"usersync/internal/pgtest"
	"usersync/internal/secret"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// The first event about a filled user changes the name and nothing else: what it would
// change beside that, each contestant would pay for.
func TestAnEventChangesTheNameAlone(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"postgres": pgtest.New(t),
		"sqlite":   "sqlite:" + filepath.Join(t.TempDir(), "users.db"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
			if err := fill.Usersync(t.Context(), url, 5100, at); err != nil {
				t.Fatal(err)
			}
			db, err := models.Open(url, models.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			before := find(t, db, traffic.UserID(5099))
			apply(t, db, traffic.Event("evt_1", 5099, "Jane Roe 1", at.Add(time.Second)))
			after := find(t, db, traffic.UserID(5099))
			if *before.Name != "Jane Roe" || *after.Name != "Jane Roe 1" {
				t.Errorf("%s has become %s", *before.Name, *after.Name)
			}
			if *before.Email != *after.Email || *before.AvatarURL != *after.AvatarURL || *before.EmailVerified != *after.EmailVerified ||
				*before.TenantID != *after.TenantID || before.Suspended != after.Suspended || *before.ProviderCreatedAt != *after.ProviderCreatedAt {
				t.Errorf("%+v has become %+v", before, after)
			}
		})
	}
}

func find(t *testing.T, db *models.DB, id string) models.User {
	t.Helper()
	all, err := db.Users(t.Context())
	if err != nil || len(all) != 5100 {
		t.Fatalf("%d users, %v", len(all), err)
	}
	for _, user := range all {
		if user.ProviderUserID == id {
			return user
		}
	}
	t.Fatalf("%s is not there", id)
	return models.User{}
}

func apply(t *testing.T, db *models.DB, body string) {
	t.Helper()
	provider, err := providers.New(fill.Provider, providers.Settings{Type: "authon", Secrets: []secret.Text{secret.New(traffic.Secret)}})
	if err != nil {
		t.Fatal(err)
	}
	engine := usersync.Engine{Store: db.Store(), Clock: func() usersync.Micros { return usersync.MicrosOf(time.Now()) }}
	delivery := provider.Decode(providers.Request{Body: []byte(body), ReceivedAt: time.Now(), Origin: usersync.OriginLive}, providers.Proof{})
	if r := engine.Apply(t.Context(), []*usersync.Delivery{delivery})[0]; r.Err != nil || r.Outcome != usersync.OutcomeApplied {
		t.Fatalf("%+v", r)
	}
}

// A large database is made as the daemon would have made it over time.
func TestGrown(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	at := time.Now().Add(-24 * time.Hour)
	if err := fill.Grown(t.Context(), url, 500, at); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	var users, events, elsewhere, later int
	if err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM users), count(*),
  count(*) FILTER (WHERE tableoid = 'usersync.processed_events_default'::regclass), count(*) FILTER (WHERE occurred_at > $1)
FROM usersync.processed_events`, at).Scan(&users, &events, &elsewhere, &later); err != nil {
		t.Fatal(err)
	}
	if users != 500 || events != 500 || elsewhere != 0 || later != 0 {
		t.Errorf("%d users, %d events, %d of them in no week's partition, %d later than the users", users, events, elsewhere, later)
	}
}
