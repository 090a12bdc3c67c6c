package models

import (
	"context"
	"strconv"

	usersync "usersync/sync"
)

// eventStretch is what was read of one list of events.
type eventStretch struct {
	events []usersync.Claim
	end    *eventPlace // the last one that was looked at; nil: the list ends here
}

// eventList is one of the lists: which events, which of their times they are ordered by,
// and by what index, where a planner would not believe it: SQLite's, without statistics,
// takes the key and sorts all that have no time.
type eventList struct{ condition, time, index string }

// list compares with 1970, which stands for no time. It is a constant: the planners go by it.
func (l eventLog) list(comparison, time string) eventList {
	epoch := map[Dialect]string{Postgres: "'1970-01-01 00:00:00+00'", SQLite: "'1970-01-01T00:00:00.000000Z'"}[l.db.dialect]
	return eventList{condition: "occurred_at " + comparison + " " + epoch, time: time}
}

// timed reads events that have a time of their own. Some are older than 1970: between
// them and all others lie those without one, which are left out.
func (l eventLog) timed(ctx context.Context, from querier, scope usersync.EventScope, behind *eventPlace, enough int) (s eventStretch, err error) {
	var bound *eventBound
	if behind != nil {
		b := behind.timed()
		bound = &b
	}
	if bound == nil || bound.at > 0 {
		s, err = l.stretch(ctx, from, l.list(">", "occurred_at"), scope, bound, enough)
		if err != nil || s.end != nil {
			return s, err
		}
		bound = &eventBound{}
	}
	older, err := l.stretch(ctx, from, l.list("<", "occurred_at"), scope, bound, enough-len(s.events))
	return eventStretch{append(s.events, older.events...), older.end}, err
}

// untimed reads events that have no time of their own.
func (l eventLog) untimed(ctx context.Context, from querier, scope usersync.EventScope, behind *eventPlace, enough int) (s eventStretch, err error) {
	var bound *eventBound
	if behind != nil {
		b := behind.untimed()
		bound = &b
	}
	list := l.list("=", "received_at")
	if l.db.dialect == SQLite {
		list.index = " INDEXED BY usersync_processed_events_untimed_idx"
	}
	return l.stretch(ctx, from, list, scope, bound, enough)
}

// stretch reads events of a scope from a list until there are enough, or so many were
// looked at.
func (l eventLog) stretch(ctx context.Context, from querier, list eventList, scope usersync.EventScope, bound *eventBound, enough int) (s eventStretch, err error) {
	order := list.time + " DESC, provider DESC, event_id DESC, provider_user_id DESC"
	part := l.part(list, bound)
	if scope != (usersync.EventScope{}) { // else the limit ends it soon enough
		if s.end, err = l.end(ctx, from, part, list, order); err != nil {
			return s, err
		}
	}
	if s.end != nil {
		if l.db.dialect == SQLite && list.time == "occurred_at" {
			list.condition = "+" + list.condition // it would go by that and read on behind the end
			part = l.part(list, bound)
		}
		part.and("("+list.time+", provider, event_id, provider_user_id) >=", []any{l.db.instant(s.end.when), s.end.Provider, s.end.EventID, s.end.UserID})
	}
	part.in(scope)
	s.events, err = claimsFrom(ctx, from, explainer{l.db}.selects(part)+" ORDER BY "+order+" LIMIT "+strconv.Itoa(enough), part.arguments)
	if n := len(s.events); n == enough {
		last := placeOf(&s.events[n-1])
		s.end = &last
	}
	return s, err
}

// part is a list behind a bound.
func (l eventLog) part(list eventList, bound *eventBound) eventPart {
	part := eventPart{text: l.db.names.Processed + list.index + " WHERE " + list.condition}
	if bound != nil {
		part.and("("+list.time+", provider, event_id, provider_user_id) <", []any{l.db.instant(bound.at), bound.Provider, bound.EventID, bound.UserID})
		if l.db.dialect == Postgres && list.time == "occurred_at" {
			part.and("occurred_at <=", []any{l.db.instant(bound.at)}) // it looks only at these partitions
		}
	}
	return part
}

// end finds the last of so many events of a list, nil if there are less. It reads nothing
// but keys.
func (l eventLog) end(ctx context.Context, from querier, part eventPart, list eventList, order string) (*eventPlace, error) {
	rows, err := from.QueryContext(ctx, "SELECT "+list.time+", occurred_at, provider, event_id, provider_user_id FROM "+part.text+
		" ORDER BY "+order+" LIMIT 1 OFFSET "+strconv.Itoa(l.most-1), part.arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	var p eventPlace
	if err := rows.Scan(microsOf{&p.when}, microsOf{&p.OccurredAt}, &p.Provider, &p.EventID, &p.UserID); err != nil {
		return nil, err
	}
	return &p, rows.Err()
}

// in narrows the part to a scope.
func (p *eventPart) in(scope usersync.EventScope) {
	origin := ""
	if scope.Origin != nil {
		origin = scope.Origin.String()
	}
	for _, c := range []struct{ column, value string }{
		{"provider", scope.Provider}, {"kind", scope.Kind.String()}, {"outcome", scope.Outcome.String()},
		{"origin", origin}, {"provider_user_id", scope.UserID}, {"event_id", scope.EventID},
	} {
		if c.value != "" {
			p.and(c.column+" =", []any{c.value})
		}
	}
}
