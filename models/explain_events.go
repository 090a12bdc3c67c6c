package models

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	usersync "usersync/sync"
)

// events reads the user's newest processed events. No index knows users: they are
// read back by time, a part at a time, until there are enough. Those that are kept
// without a time (their provider may send one event with several) lie together at
// its beginning, and count by when they were received.
func (x explainer) events(ctx context.Context, key usersync.UserKey, limit, back int) (events []usersync.Claim, more bool, err error) {
	enough := limit + 1 // one more tells that there are more
	parts, part := partsOf(back)
	timed := eventWalk{db: x.db, order: newestFirst, part: part, beyond: func(k usersync.ClaimKey) bool { return k.OccurredAt <= 0 }}
	events, shortOf, err := x.walk(ctx, key, timed, enough, parts)
	if err != nil {
		return nil, false, err
	}
	events = slices.DeleteFunc(events, func(c usersync.Claim) bool { return c.OccurredAt == 0 })
	untimed := eventWalk{
		db: x.db, order: newestFirst, part: part,
		// Behind all of the provider's: no name has a blank.
		from:   []any{x.db.instant(0), key.Provider + " ", "", ""},
		beyond: func(k usersync.ClaimKey) bool { return k.OccurredAt < 0 || k.Provider < key.Provider },
	}
	found, short, err := x.walk(ctx, key, untimed, math.MaxInt32, parts)
	if err != nil {
		return nil, false, err
	}
	events = append(events, slices.DeleteFunc(found, func(c usersync.Claim) bool { return c.OccurredAt != 0 })...)
	when := func(c usersync.Claim) usersync.Micros { return cmp.Or(c.OccurredAt, c.ReceivedAt) }
	slices.SortStableFunc(events, func(a, b usersync.Claim) int { return cmp.Compare(when(b), when(a)) })
	return events[:min(len(events), limit)], len(events) > limit || shortOf || short, nil
}

// partsOf is how many parts of which length are walked for so many events, all of them
// for 0.
func partsOf(back int) (parts, part int) {
	if back == 0 {
		return math.MaxInt, eventsAtOnce
	}
	part = min(back, eventsAtOnce)
	return (back + part - 1) / part, part
}

// walk reads the user's events until there are enough, and perhaps some from beyond, in at
// most so many parts; short says that there are more parts.
func (x explainer) walk(ctx context.Context, key usersync.UserKey, w eventWalk, enough, parts int) (events []usersync.Claim, short bool, err error) {
	for more := true; more && len(events) < enough; parts-- {
		if parts == 0 {
			return events, true, nil
		}
		var found []usersync.Claim
		err = rollReader(x).walking(ctx, func(from querier) (err error) {
			var part eventPart
			if part, more, err = w.next(ctx, from); err != nil {
				return err
			}
			part.of(key)
			found, err = claimsFrom(ctx, from, x.selects(part)+" ORDER BY "+w.order.words+" LIMIT "+strconv.Itoa(enough-len(events)), part.arguments)
			return err
		})
		if err != nil {
			return nil, false, err
		}
		events = append(events, found...)
	}
	return events, false, nil
}

// selects is the query of a part of the processed events.
func (x explainer) selects(part eventPart) string {
	return "SELECT occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin FROM " + part.text
}

// read reads processed events.
func (x explainer) read(ctx context.Context, query string, arguments []any) (claims []usersync.Claim, err error) {
	err = rollReader(x).walking(ctx, func(from querier) error {
		claims, err = claimsFrom(ctx, from, query, arguments)
		return err
	})
	return claims, err
}

func claimsFrom(ctx context.Context, from querier, query string, arguments []any) (claims []usersync.Claim, err error) {
	rows, err := from.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e ProcessedEvent
		if err := rows.Scan(&e.OccurredAt, &e.Provider, &e.EventID, &e.ProviderUserID, &e.Kind, &e.ReceivedAt, &e.Outcome, &e.Origin); err != nil {
			return nil, err
		}
		claims = append(claims, e.claim())
	}
	return claims, rows.Err()
}
