package models

import (
	"context"

	usersync "usersync/sync"
)

// messages removes the messages about the user that were not taken, and blanks those
// that name nobody and have the user's id in their body. Of the latter the id stays:
// their event may come again, and nobody can tell that it is about the user.
func (e eraser) messages(ctx context.Context, key usersync.UserKey, done *usersync.Erased, at usersync.Micros) (err error) {
	table := e.db.names.Outbox
	if done.Messages, err = e.remove(ctx, table+" WHERE provider = $1 AND provider_user_id = $2", key.Provider, key.UserID); err != nil {
		return err
	}
	for last := ""; ; {
		ids, next, err := e.bodiesMentioning(ctx, key, last)
		if err != nil {
			return err
		}
		for _, id := range ids {
			blank := "UPDATE " + table + " SET body = NULL, detail = NULL, outcome = $1, due_at = NULL, settled_at = coalesce(settled_at, $2) WHERE id = $3 AND body IS NOT NULL"
			err := e.db.within(ctx, func(tx session) error {
				result, err := tx.ExecContext(ctx, blank, string(usersync.MessageErased), e.db.instant(at), id)
				if err != nil {
					return err
				}
				count, err := result.RowsAffected()
				done.MessageMentions += count
				return err
			})
			if err != nil {
				return err
			}
		}
		if next == last {
			return nil
		}
		last = next
	}
}

// bodiesMentioning reads some messages behind the last one, and returns those that
// mention the user.
func (e eraser) bodiesMentioning(ctx context.Context, key usersync.UserKey, last string) (ids []string, next string, err error) {
	rows, err := e.db.pool.QueryContext(ctx, "SELECT id, body FROM "+e.db.names.Outbox+
		" WHERE provider = $1 AND provider_user_id IS NULL AND body IS NOT NULL AND id > $2 ORDER BY id LIMIT $3", key.Provider, last, lettersAtOnce)
	if err != nil {
		return nil, last, err
	}
	defer rows.Close()
	next = last
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&next, &body); err != nil {
			return nil, last, err
		}
		if usersync.Mentions(body, key.UserID) {
			ids = append(ids, next)
		}
	}
	return ids, next, rows.Err()
}
