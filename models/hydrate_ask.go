package models

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// An event whose claim stands was heeded before. What is being fetched, waits
// for its next attempt or was found missing keeps its time: the count of
// requests tells whoever fetches that there is more to know. The order of the
// keys keeps two writers from waiting in a circle.
const pgAsk = `INSERT INTO %[1]s AS h (provider, provider_user_id, due_at, requests)
SELECT v.provider, v.user_id, $5, count(*)
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) AS v (provider, user_id, occurred_at, event_id)
WHERE v.event_id IS NULL OR NOT EXISTS (SELECT FROM %[2]s e
  WHERE (e.occurred_at, e.provider, e.event_id, e.provider_user_id) = (v.occurred_at, v.provider, v.event_id, v.user_id))
GROUP BY v.provider, v.user_id
ORDER BY v.provider COLLATE "C", v.user_id COLLATE "C"
ON CONFLICT (provider, provider_user_id) DO UPDATE SET
  requests = h.requests + excluded.requests,
  due_at = CASE WHEN h.attempts = 0 THEN least(h.due_at, excluded.due_at) ELSE h.due_at END`

func askSQL(names tables) string { return fmt.Sprintf(pgAsk, names.Hydrations, names.Processed) }

// queueAsks enters users for hydration. Without any, no statement is sent.
func (s *postgresStore) queueAsks(trip *pgBatch, write usersync.Changes, lock usersync.Lock) {
	n := len(write.Asks)
	if n == 0 {
		return
	}
	providers, users := newArray(pgtype.TextOID, n), newArray(pgtype.TextOID, n)
	times, events := newArray(pgtype.TimestamptzOID, n), newArray(pgtype.TextOID, n)
	for _, ask := range write.Asks {
		providers.text(lock.Users[ask.User].Provider)
		users.text(lock.Users[ask.User].UserID)
		if ask.Claim < 0 {
			times.null()
			events.null()
			continue
		}
		times.time(write.Claims[ask.Claim].OccurredAt)
		events.text(write.Claims[ask.Claim].EventID)
	}
	trip.queueAt(s.ask, nil, lock.At, providers, users, times, events)
}

// writeAsks does the same on SQLite, where the claims are written already.
func (s *sqliteStore) writeAsks(ctx context.Context, asks []usersync.Ask, lock usersync.Lock, stood []bool) error {
	for _, ask := range asks {
		if ask.Claim >= 0 && stood[ask.Claim] {
			continue
		}
		u := lock.Users[ask.User]
		if _, err := s.prepared.ask.exec(ctx, u.Provider, u.UserID, sqliteMicros(lock.At)); err != nil {
			return err
		}
	}
	return nil
}
