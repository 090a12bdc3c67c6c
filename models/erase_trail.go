package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	usersync "usersync/sync"
)

// lettersAtOnce is how many payloads are looked through together: each may have as
// many bytes as a request.
const lettersAtOnce = 10

// letters removes the dead letters that name the user, and those that name nobody
// and have the user's id in their payload or headers: nobody can tell whom they are about.
func (e eraser) letters(ctx context.Context, key usersync.UserKey, done *usersync.Erased) (err error) {
	done.Letters, err = e.remove(ctx, e.db.names.Letters+" WHERE provider = $1 AND provider_user_id = $2", key.Provider, key.UserID)
	if err != nil {
		return err
	}
	for last := int64(0); ; {
		ids, next, err := e.mentioning(ctx, key, last)
		if err != nil {
			return err
		}
		for _, id := range ids {
			count, err := e.remove(ctx, e.db.names.Letters+" WHERE id = $1", id)
			if err != nil {
				return err
			}
			done.Mentions += count
		}
		if next == last {
			return nil
		}
		last = next
	}
}

// mentioning reads some dead letters behind the last one, and returns those that
// mention the user.
func (e eraser) mentioning(ctx context.Context, key usersync.UserKey, last int64) (ids []int64, next int64, err error) {
	rows, err := e.db.pool.QueryContext(ctx, "SELECT id, payload, headers FROM "+e.db.names.Letters+
		" WHERE provider = $1 AND provider_user_id IS NULL AND id > $2 ORDER BY id LIMIT $3", key.Provider, last, lettersAtOnce)
	if err != nil {
		return nil, last, err
	}
	defer rows.Close()
	next = last
	for rows.Next() {
		var letter usersync.DeadLetter
		var headers string
		if err := rows.Scan(&next, &letter.Payload, &headers); err != nil {
			return nil, last, err
		}
		if err := json.Unmarshal([]byte(headers), &letter.Headers); err != nil {
			return nil, last, fmt.Errorf("the headers of dead letter %d cannot be read: %w", next, err)
		}
		if letter.Mentions(key.UserID) {
			ids = append(ids, next)
		}
	}
	return ids, next, rows.Err()
}

// events removes the user's processed events, also those of weeks that were taken out
// of the table and are about to be dropped. What came late goes back from there into
// the table, perhaps behind our back: it is walked again if the weeks have changed.
func (e eraser) events(ctx context.Context, key usersync.UserKey) (count int64, err error) {
	if e.db.dialect != Postgres {
		return e.walkEvents(ctx, key)
	}
	var others error
	for before := []week(nil); ; {
		weeks, err := e.db.weeks(ctx)
		if err != nil {
			return count, err
		}
		if before != nil && slices.Equal(before, weeks) {
			return count, others
		}
		others = nil
		for _, w := range weeks {
			if !w.attached {
				removed, err := e.removeTakenOut(ctx, w, key)
				if count += removed; errors.Is(err, errOthersWeek) {
					others = errors.Join(others, err) // it keeps nothing else from being removed
				} else if err != nil {
					return count, err
				}
			}
		}
		removed, err := e.walkEvents(ctx, key)
		if count += removed; err != nil {
			return count, err
		}
		before = append([]week{}, weeks...)
	}
}

// removeTakenOut removes the user's events of a week that is about to be dropped,
// by whoever owns it. That may have happened.
func (e eraser) removeTakenOut(ctx context.Context, w week, key usersync.UserKey) (removed int64, err error) {
	owner, err := e.db.partitionOwner(ctx)
	if err != nil {
		return 0, err
	}
	err = e.db.within(ctx, func(tx session) error {
		if owner != "" {
			if _, err := tx.ExecContext(ctx, "SELECT set_config('role', $1, true)", owner); err != nil {
				return err
			}
		}
		removed, err = deleted(ctx, tx, w.table()+" WHERE provider = $1 AND provider_user_id = $2", key.Provider, key.UserID)
		return err
	})
	var server *pgconn.PgError
	switch {
	case !errors.As(err, &server):
	case server.Code == "42P01":
		return 0, nil
	case server.Code == "42501" && owner == "":
		return 0, fmt.Errorf("%s: %w", w.table(), errOthersWeek)
	}
	return removed, err
}

// errOthersWeek says who has to end what somebody began.
var errOthersWeek = errors.New("this week was taken out of processed_events to be dropped, and only who owns the tables may change it: " +
	"wait until the daemon that runs as the owner has dropped it, which takes an hour at most, or run `usersync erase` as the owner")

// walkEvents removes the user's events from the table. No index knows users, so all
// are walked by their key, a part at a time; only the user's own are locked.
func (e eraser) walkEvents(ctx context.Context, key usersync.UserKey) (count int64, err error) {
	for walk, more := (eventWalk{db: e.db, order: oldestFirst}), true; more; {
		var next eventWalk // a transaction that is repeated takes the same step
		var removed int64
		err = e.db.atOnce(ctx, func(tx session) (err error) {
			next = walk
			var part eventPart
			if part, more, err = next.next(ctx, tx); err != nil {
				return err
			}
			part.of(key)
			removed, err = deleted(ctx, tx, e.db.names.Processed+" WHERE "+eventKey+" IN (SELECT occurred_at, provider, event_id, provider_user_id FROM "+part.text+")", part.arguments...)
			return err
		})
		if err != nil {
			return count, err
		}
		walk, count = next, count+removed
	}
	return count, nil
}
