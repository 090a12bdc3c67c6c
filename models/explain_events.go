package models

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	usersync "usersync/sync"
)

// events reads the user's newest processed events. No index knows users: they are
// read back by time, a part at a time, until there are enough. Those that are kept
// without a time (their provider may send one event with several) lie together at
// its beginning, and count by when they were received.
func (x explainer) events(ctx context.Context, key usersync.UserKey, limit int) (events []usersync.Claim, more bool, err error) {
	beginning := x.db.instant(0)
	untimed := eventPart{"occurred_at = $1 AND provider = $2", []any{beginning, key.Provider}}
	if events, err = x.walk(ctx, key, untimed, nil); err != nil {
		return nil, false, err
	}
	enough := limit + 1 // one more tells that there are more
	timed, err := x.walk(ctx, key, eventPart{"occurred_at > $1", []any{beginning}}, &enough)
	if err != nil {
		return nil, false, err
	}
	events = append(events, timed...)
	when := func(c usersync.Claim) usersync.Micros { return cmp.Or(c.OccurredAt, c.ReceivedAt) }
	slices.SortStableFunc(events, func(a, b usersync.Claim) int { return cmp.Compare(when(b), when(a)) })
	return events[:min(len(events), limit)], len(events) > limit, nil
}

// walk reads the user's events among some, all of them or until there are enough.
func (x explainer) walk(ctx context.Context, key usersync.UserKey, among eventPart, enough *int) (events []usersync.Claim, err error) {
	w := eventWalk{db: x.db, order: newestFirst, among: among}
	for more := true; more; {
		var part eventPart
		if part, more, err = w.next(ctx); err != nil {
			return nil, err
		}
		part.of(key)
		rest := " ORDER BY " + newestFirst.words
		if enough != nil {
			rest += " LIMIT " + strconv.Itoa(*enough-len(events))
		}
		found, err := x.read(ctx, x.selects(part)+rest, part.arguments)
		if err != nil {
			return nil, err
		}
		if events = append(events, found...); enough != nil && len(events) >= *enough {
			return events, nil
		}
	}
	return events, nil
}

// selects is the query of a part of the processed events.
func (x explainer) selects(part eventPart) string {
	return "SELECT occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin FROM " + x.db.names.Processed + " WHERE " + part.condition
}

// read reads processed events.
func (x explainer) read(ctx context.Context, query string, arguments []any) (claims []usersync.Claim, err error) {
	err = rollReader(x).walking(ctx, func(from querier) error {
		rows, err := from.QueryContext(ctx, query, arguments...)
		if err != nil {
			return err
		}
		defer rows.Close()
		claims = nil
		for rows.Next() {
			var e ProcessedEvent
			if err := rows.Scan(&e.OccurredAt, &e.Provider, &e.EventID, &e.ProviderUserID, &e.Kind, &e.ReceivedAt, &e.Outcome, &e.Origin); err != nil {
				return err
			}
			claims = append(claims, e.claim())
		}
		return rows.Err()
	})
	return claims, err
}
