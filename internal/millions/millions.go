// Package millions fills a database with as much as a large installation has, for
// benchmarks.
package millions

import "fmt"

// Statements are what fills a migrated database, whose partitions of the last eight weeks
// are made, in seconds: "postgres" or "sqlite".
func Statements(dialect string) []string { return filling[dialect] }

// filling makes a million users of five providers and a million events of eight weeks, of
// which one in twenty has no time of its own. One more provider has few events.
var filling = map[string][]string{
	"postgres": {
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
	"sqlite": {
		numbers(1_000_000) + ` INSERT INTO users (id, provider, provider_user_id, email, name, deleted_at, created_at, updated_at, sync_state)
SELECT printf('%08x-0000-5000-8000-%012x', i * 2654435761 % 4294967296, i), 'provider' || (i % 5), 'user_' || printf('%08x%08x', i * 2246822519 % 4294967296, i), 'Person' || i || '@example.com', 'Person ' || i,
  CASE WHEN i % 50 = 0 THEN '2026-01-01T00:00:00.000000Z' END, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', x'01' FROM n`,
		numbers(1_000_000) + ` INSERT INTO usersync_processed_events
SELECT CASE WHEN i % 20 = 0 THEN '1970-01-01T00:00:00.000000Z' ELSE at END, CASE WHEN i % 100000 = 77 THEN 'rare' ELSE 'provider' || (i % 5) END,
  'evt_' || printf('%08x', i * 2246822519 % 4294967296), 'user_' || (i % 5000), 'user.updated', at, CASE WHEN i % 3 = 0 THEN 'stale' ELSE 'applied' END, 'live'
FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', (-4.8 * i) || ' seconds') AS at FROM n)`,
		numbers(20_000) + ` INSERT INTO usersync_dead_letters (fingerprint, provider, reason, detail, payload, headers, origin, first_seen_at, last_seen_at, seen)
SELECT i, 'provider' || (i % 5), 'bad_json', 'bad_json', zeroblob(2000), '{}', 'live', at, at, 1 FROM (SELECT i, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', -i || ' minutes') AS at FROM n)`,
		numbers(200_000) + ` INSERT INTO usersync_hydrations (provider, provider_user_id, due_at) SELECT 'provider' || (i % 5), i, '2026-01-01T00:00:00.000000Z' FROM n`,
		numbers(100_000) + ` INSERT INTO usersync_outbox (id, provider, action, body, received_at, due_at)
SELECT 'm' || i, 'provider1', 'action' || (i % 3), zeroblob(400), '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z' FROM n`,
		numbers(10_000) + ` INSERT INTO usersync_sync_runs (provider, kind, started_at, outcome, finished_at)
SELECT 'provider' || (i % 5), CASE i % 3 WHEN 0 THEN 'plan' WHEN 1 THEN 'reconcile' ELSE 'backfill' END, '2026-01-01T00:00:00.000000Z', 'complete', '2026-01-01T00:00:00.000000Z' FROM n`,
		"ANALYZE",
	},
}

func numbers(count int) string {
	return fmt.Sprintf("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)", count)
}
