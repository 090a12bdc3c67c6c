package models

import (
	"context"
	"fmt"

	usersync "usersync/sync"
)

// Roll calls the users of the table; it implements usersync.Roll.
func (db *DB) Roll() usersync.Roll { return rollReader{db} }

type rollReader struct{ db *DB }

// Call implements usersync.Roll. It takes no lock.
func (r rollReader) Call(ctx context.Context, provider string, after usersync.UUID, limit int) ([]usersync.Present, error) {
	query := "SELECT provider_user_id, sync_state FROM " + r.db.names.Users + " WHERE provider = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT $3"
	rows, err := r.db.pool.QueryContext(ctx, query, provider, after.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read the users table: %w", printable(err))
	}
	defer rows.Close()
	users := make([]usersync.Present, 0, limit)
	for rows.Next() {
		u := usersync.Present{UserKey: usersync.UserKey{Provider: provider}}
		var blob []byte
		if err := rows.Scan(&u.UserID, &blob); err != nil {
			return nil, fmt.Errorf("read the users table: %w", err)
		}
		// The stamps are whole without the columns. A row that cannot be read
		// counts as one of whom nothing is known.
		if state, err := usersync.DecodeState(blob, &usersync.View{}); err == nil {
			u.Latest = state.Latest()
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the users table: %w", printable(err))
	}
	return users, nil
}
