package models

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// A message is known by its id alone, whether it waits or is settled. The order of the
// ids keeps two writers from waiting in a circle.
const pgPost = `INSERT INTO %s (id, provider, provider_user_id, action, body, received_at, due_at)
SELECT v.id, v.provider, v.user_id, v.action, v.body, v.received_at, $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[]) AS v (id, provider, user_id, action, body, received_at)
ORDER BY v.id COLLATE "C"
ON CONFLICT (id) DO NOTHING`

func postSQL(names tables) string { return fmt.Sprintf(pgPost, names.Outbox) }

// queueMessages enters messages to be sent. Without any, no statement is sent.
func (s *postgresStore) queueMessages(trip *pgBatch, messages []usersync.Message, at usersync.Micros) {
	n := len(messages)
	if n == 0 {
		return
	}
	ids, providers, users := newArray(pgtype.TextOID, n), newArray(pgtype.TextOID, n), newArray(pgtype.TextOID, n)
	actions, bodies, received := newArray(pgtype.TextOID, n), newArray(pgtype.ByteaOID, n), newArray(pgtype.TimestamptzOID, n)
	for i := range messages {
		m := &messages[i]
		ids.text(m.ID)
		providers.text(m.Provider)
		users.textOrNull(m.UserID)
		actions.text(m.Action)
		bodies.bytes(m.Body)
		received.time(m.ReceivedAt)
	}
	trip.queueAt(s.post, nil, at, ids, providers, users, actions, bodies, received)
}

// writeMessages does the same on SQLite.
func (s *sqliteStore) writeMessages(ctx context.Context, messages []usersync.Message, at usersync.Micros) error {
	for i := range messages {
		m := &messages[i]
		if _, err := s.prepared.post.exec(ctx, m.ID, m.Provider, textOrNull(m.UserID), m.Action, notNil(m.Body), sqliteMicros(m.ReceivedAt), sqliteMicros(at)); err != nil {
			return err
		}
	}
	return nil
}
