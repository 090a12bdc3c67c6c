package models

import (
	"cmp"
	"context"
	"strconv"

	usersync "usersync/sync"
)

// eventKey is the key of processed events, by which they are walked.
const eventKey = "(occurred_at, provider, event_id, provider_user_id)"

// eventsAtOnce is how many processed events are walked by one statement: a few
// milliseconds.
const eventsAtOnce = 10_000

// eventOrder is the direction of a walk.
type eventOrder struct{ words, behind string }

var (
	oldestFirst = eventOrder{"occurred_at, provider, event_id, provider_user_id", ">"}
	newestFirst = eventOrder{"occurred_at DESC, provider DESC, event_id DESC, provider_user_id DESC", "<"}
)

// eventWalk goes through the processed events by their key, in parts.
type eventWalk struct {
	db    *DB
	order eventOrder
	from  []any // the key behind which the next part begins, nil at the beginning
	part  int   // how many events a part has; 0 is eventsAtOnce
	// beyond, if not nil, says of a key whether nothing behind it is looked for. No
	// condition says so: SQLite would go by that one and not by the key.
	beyond func(usersync.ClaimKey) bool
}

// eventPart is a part of the processed events: FROM and WHERE of a query.
type eventPart struct {
	text      string
	arguments []any
}

// next finds the next part; more is false if it is the last one. It ends after so
// many events and not at a key: Postgres would read on behind that as long as only
// the time is the same. So it holds for the transaction that reads it only: another
// one may find new events in front, and less of the rest.
func (w *eventWalk) next(ctx context.Context, from querier) (part eventPart, more bool, err error) {
	part.text = w.db.names.Processed + " WHERE true"
	if w.from != nil {
		part.and(eventKey+" "+w.order.behind, w.from)
	}
	part.text += " ORDER BY " + w.order.words
	last, more, err := w.last(ctx, from, part)
	part.text = "(SELECT * FROM " + part.text + " LIMIT " + strconv.Itoa(w.length()) + ") AS part WHERE true"
	if err != nil || !more {
		return part, false, err
	}
	w.from = []any{w.db.instant(last.OccurredAt), last.Provider, last.EventID, last.UserID}
	return part, w.beyond == nil || !w.beyond(last), nil
}

func (w *eventWalk) length() int { return cmp.Or(w.part, eventsAtOnce) }

// and narrows the part by a comparison of its keys with one.
func (p *eventPart) and(comparison string, key []any) {
	p.text += " AND " + comparison + " ("
	for i, value := range key {
		if i > 0 {
			p.text += ", "
		}
		p.arguments = append(p.arguments, value)
		p.text += placeholder(len(p.arguments))
	}
	p.text += ")"
}

// of narrows the part to a user.
func (p *eventPart) of(key usersync.UserKey) {
	p.and("(provider, provider_user_id) =", []any{key.Provider, key.UserID})
}

// last returns the key of the last of so many events, if there are more of them.
func (w *eventWalk) last(ctx context.Context, from querier, part eventPart) (key usersync.ClaimKey, more bool, err error) {
	query := "SELECT occurred_at, provider, event_id, provider_user_id FROM " + part.text + " LIMIT 1 OFFSET " + strconv.Itoa(w.length()-1)
	rows, err := from.QueryContext(ctx, query, part.arguments...)
	if err != nil {
		return key, false, err
	}
	defer rows.Close()
	if more = rows.Next(); more {
		var at Timestamp
		if err := rows.Scan(&at, &key.Provider, &key.EventID, &key.UserID); err != nil {
			return key, false, err
		}
		key.OccurredAt = usersync.MicrosOf(at.Time)
	}
	return key, more, rows.Err()
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }
