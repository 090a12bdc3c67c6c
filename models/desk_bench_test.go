package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// fillDesk makes a million users of five providers and a million events of eight weeks, of
// which one in twenty has no time of its own. One more provider has few events.
var fillDesk = map[models.Dialect][]string{
	models.Postgres: {
		`INSERT INTO users (id, provider, provider_user_id, email, name, deleted_at, created_at, updated_at, sync_state)
SELECT md5(i::text)::uuid, 'provider' || i % 5, 'user_' || md5('u' || i), 'Person' || i || '@example.com', 'Person ' || i, CASE WHEN i % 50 = 0 THEN now() END, now(), now(), '\x01'
FROM generate_series(1, 1000000) AS i`,
		`INSERT INTO usersync.processed_events
SELECT CASE WHEN i % 20 = 0 THEN 'epoch' ELSE now() - i * interval '4.8 seconds' END, CASE WHEN i % 100000 = 77 THEN 'rare' ELSE 'provider' || i % 5 END,
  'evt_' || md5(i::text), 'user_' || i % 5000, 'user.updated', now() - i * interval '4.8 seconds', CASE WHEN i % 3 = 0 THEN 'stale' ELSE 'applied' END, 'live'
FROM generate_series(1, 1000000) AS i`,
		`INSERT INTO usersync.dead_letters (fingerprint, provider, reason, detail, payload, headers, origin, first_seen_at, last_seen_at, seen)
SELECT decode(md5(i::text), 'hex'), 'provider' || i % 5, 'bad_json', 'bad_json', decode(repeat('7b7d', 1000), 'hex'), '{}', 'live', now(), now() - i * interval '1 minute', 1
FROM generate_series(1, 20000) AS i`,
		`INSERT INTO usersync.hydrations (provider, provider_user_id, due_at) SELECT 'provider' || i % 5, i::text, now() FROM generate_series(1, 200000) AS i`,
		`INSERT INTO usersync.outbox (id, provider, action, body, received_at, due_at) SELECT 'm' || i, 'provider1', 'action' || i % 3, decode(repeat('7b7d', 200), 'hex'), now() - i * interval '1 second', now()
FROM generate_series(1, 100000) AS i`,
		`INSERT INTO usersync.sync_runs (provider, kind, started_at, outcome, finished_at) SELECT 'provider' || i % 5, (ARRAY['backfill', 'plan', 'reconcile'])[1 + i % 3], now(), 'complete', now()
FROM generate_series(1, 10000) AS i`,
		"VACUUM ANALYZE",
	},
	models.SQLite: {
		numbers(1_000_000) + ` INSERT INTO users (id, provider, provider_user_id, email, name, deleted_at, created_at, updated_at, sync_state)
SELECT printf('%08x-0000-5000-8000-%012x', i * 2654435761 % 4294967296, i), 'provider' || i % 5, 'user_' || printf('%08x%08x', i * 2246822519 % 4294967296, i), 'Person' || i || '@example.com', 'Person ' || i,
  CASE WHEN i % 50 = 0 THEN '2026-01-01T00:00:00.000000Z' END, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', x'01' FROM n`,
		numbers(1_000_000) + ` INSERT INTO usersync_processed_events
SELECT CASE WHEN i % 20 = 0 THEN '1970-01-01T00:00:00.000000Z' ELSE at END, CASE WHEN i % 100000 = 77 THEN 'rare' ELSE 'provider' || i % 5 END,
  'evt_' || printf('%08x', i * 2246822519 % 4294967296), 'user_' || i % 5000, 'user.updated', at, CASE WHEN i % 3 = 0 THEN 'stale' ELSE 'applied' END, 'live'
FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', (-4.8 * i) || ' seconds') AS at FROM n)`,
		numbers(20_000) + ` INSERT INTO usersync_dead_letters (fingerprint, provider, reason, detail, payload, headers, origin, first_seen_at, last_seen_at, seen)
SELECT i, 'provider' || i % 5, 'bad_json', 'bad_json', zeroblob(2000), '{}', 'live', at, at, 1 FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', -i || ' minutes') AS at FROM n)`,
		numbers(200_000) + ` INSERT INTO usersync_hydrations (provider, provider_user_id, due_at) SELECT 'provider' || i % 5, i, '2026-01-01T00:00:00.000000Z' FROM n`,
		numbers(100_000) + ` INSERT INTO usersync_outbox (id, provider, action, body, received_at, due_at)
SELECT 'm' || i, 'provider1', 'action' || i % 3, zeroblob(400), '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z' FROM n`,
		numbers(10_000) + ` INSERT INTO usersync_sync_runs (provider, kind, started_at, outcome, finished_at)
SELECT 'provider' || i % 5, CASE i % 3 WHEN 0 THEN 'plan' WHEN 1 THEN 'reconcile' ELSE 'backfill' END, '2026-01-01T00:00:00.000000Z', 'complete', '2026-01-01T00:00:00.000000Z' FROM n`,
		"ANALYZE",
	},
}

func numbers(count int) string {
	return fmt.Sprintf("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)", count)
}

// BenchmarkDesk is what each look of an operator takes among a million users and a million
// events: the best, the median, and the slowest of ten.
func BenchmarkDesk(b *testing.B) {
	for name, url := range map[string]string{"postgres": pgtest.New(b), "sqlite": sqliteURL(b)} {
		b.Run(name, func(b *testing.B) {
			db := benchOpen(b, url)
			began := time.Now()
			if _, err := db.MakePartitions(b.Context(), usersync.MicrosOf(began)-8*7*dayLong, 9); err != nil {
				b.Fatal(err)
			}
			for _, statement := range fillDesk[db.Dialect()] {
				models.ExecForTest(b, db, statement)
			}
			real := user("known")
			real.Provider, real.OccurredAt, real.ReceivedAt = "provider3", usersync.MicrosOf(began), usersync.MicrosOf(began)
			if r := storetest.Engine(db.Store()).Apply(b.Context(), []*usersync.Delivery{{Commands: []usersync.Command{real}}})[0]; r.Err != nil {
				b.Fatal(r.Err)
			}
			b.Logf("filled in %v", time.Since(began))
			benchDesk(b, db, real.UserKey)
		})
	}
}

func benchDesk(b *testing.B, db *models.DB, known usersync.UserKey) {
	events := func(scope usersync.EventScope, pages int) func() error {
		return func() error {
			from := ""
			for range pages {
				page, err := db.EventLog().EventPage(b.Context(), scope, from, 50)
				if err != nil {
					return err
				}
				from = page.Next
			}
			return nil
		}
	}
	users := func(search usersync.UserSearch) func() error {
		return func() error {
			_, err := db.UserFinder().FindUsers(b.Context(), search, 50)
			return err
		}
	}
	spool := usersync.OriginSpool
	looks := []struct {
		name string
		look func() error
	}{
		{"events", events(usersync.EventScope{}, 1)},
		{"events, 20 pages", events(usersync.EventScope{}, 20)},
		{"events of a provider", events(usersync.EventScope{Provider: "provider3"}, 1)},
		{"events of a rare provider", events(usersync.EventScope{Provider: "rare"}, 1)},
		{"events of a user", events(usersync.EventScope{Provider: "provider3", UserID: "user_123"}, 1)},
		{"events that are none", events(usersync.EventScope{Origin: &spool}, 1)},
		{"events that are none, 20 pages", events(usersync.EventScope{Origin: &spool}, 20)},
		{"users", users(usersync.UserSearch{})},
		{"users behind half", users(usersync.UserSearch{After: usersync.UserKey{Provider: "provider2", UserID: "user_8"}})},
		{"users of a provider", users(usersync.UserSearch{Provider: "provider4"})},
		{"user by e-mail", users(usersync.UserSearch{Text: "PERSON123457@example.com"})},
		{"user of a provider by e-mail", users(usersync.UserSearch{Provider: "provider2", Text: "PERSON123457@example.com"})},
		{"users by the beginning of their id", users(usersync.UserSearch{Text: "user_8"})},
		{"users by the beginning of an id that is none", users(usersync.UserSearch{Text: "user_zz"})},
		{"user by the row's id", users(usersync.UserSearch{Text: known.ID().String()})},
		{"users that are none", users(usersync.UserSearch{Text: "nobody"})},
		{"explain", func() error { _, err := db.Explainer().Explain(b.Context(), known, 50, 20_000); return err }},
		{"runs", func() error { _, err := db.RunLog().RunPage(b.Context(), "", 0, 50); return err }},
		{"runs of a provider", func() error { _, err := db.RunLog().RunPage(b.Context(), "provider3", 0, 50); return err }},
		{"census", func() error { _, err := db.Surveyor().Census(b.Context(), usersync.MicrosOf(time.Now())); return err }},
		{"activity", func() error {
			_, err := db.Activities().NoteActivity(b.Context(), map[string]usersync.Micros{"provider1": storetest.Base}, storetest.Base)
			return err
		}},
	}
	for _, l := range looks {
		b.Run(l.name, func(b *testing.B) {
			var took []time.Duration
			for range max(b.N, 10) {
				began := time.Now()
				if err := l.look(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(took[0].Seconds()*1000, "ms-best")
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms")
			b.ReportMetric(took[len(took)*9/10].Seconds()*1000, "ms-p90")
		})
	}
}
