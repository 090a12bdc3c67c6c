package models

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	usersync "usersync/sync"
)

// eventKey is the key of processed events, by which they are walked.
const eventKey = "(occurred_at, provider, event_id, provider_user_id)"

// eventsAtOnce is how many processed events are walked by one statement: a few
// milliseconds.
const eventsAtOnce = 10_000

// eventOrder is the direction of a walk.
type eventOrder struct{ words, behind, upTo string }

var (
	oldestFirst = eventOrder{"occurred_at, provider, event_id, provider_user_id", ">", "<="}
	newestFirst = eventOrder{"occurred_at DESC, provider DESC, event_id DESC, provider_user_id DESC", "<", ">="}
)

// eventWalk goes through the processed events by their key, in parts.
type eventWalk struct {
	db    *DB
	order eventOrder
	among eventPart // what is walked at all; the zero eventPart is everything
	from  []any     // the key behind which the next part begins, nil at the beginning
}

// eventPart is a part of the processed events, as a condition on them.
type eventPart struct {
	condition string
	arguments []any
}

// next finds the next part; more is false if it is the last one.
func (w *eventWalk) next(ctx context.Context) (part eventPart, more bool, err error) {
	part = eventPart{cmp.Or(w.among.condition, "true"), slices.Clone(w.among.arguments)}
	if w.from != nil {
		part.and(eventKey+" "+w.order.behind, w.from)
	}
	last, more, err := w.last(ctx, part)
	if err != nil || !more {
		return part, false, err
	}
	part.and(eventKey+" "+w.order.upTo, last)
	w.from = last
	return part, true, nil
}

// and narrows the part by a comparison of its keys with one.
func (p *eventPart) and(comparison string, key []any) {
	p.condition += " AND " + comparison + " ("
	for i, value := range key {
		if i > 0 {
			p.condition += ", "
		}
		p.arguments = append(p.arguments, value)
		p.condition += placeholder(len(p.arguments))
	}
	p.condition += ")"
}

// of narrows the part to a user.
func (p *eventPart) of(key usersync.UserKey) {
	p.and("(provider, provider_user_id) =", []any{key.Provider, key.UserID})
}

// last returns the key of the last of so many events, if there are more of them.
func (w *eventWalk) last(ctx context.Context, part eventPart) (key []any, more bool, err error) {
	query := "SELECT occurred_at, provider, event_id, provider_user_id FROM " + w.db.names.Processed + " WHERE " + part.condition +
		" ORDER BY " + w.order.words + " LIMIT 1 OFFSET " + strconv.Itoa(eventsAtOnce-1)
	err = rollReader{w.db}.walking(ctx, func(from querier) error {
		rows, err := from.QueryContext(ctx, query, part.arguments...)
		if err != nil {
			return err
		}
		defer rows.Close()
		if more = rows.Next(); more {
			var at Timestamp
			var provider, event, user string
			if err := rows.Scan(&at, &provider, &event, &user); err != nil {
				return err
			}
			key = []any{w.db.instant(usersync.MicrosOf(at.Time)), provider, event, user}
		}
		return rows.Err()
	})
	return key, more, err
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }
