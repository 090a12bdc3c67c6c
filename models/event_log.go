package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	usersync "usersync/sync"
)

// How many processed events of either kind are looked at in one step, and for how long
// steps are made for one page: by time, because what a step takes depends on the machine.
const (
	eventsLooked  = 2_000
	eventPatience = 30 * time.Millisecond
)

// EventLog reads the processed events; it implements usersync.EventLog.
func (db *DB) EventLog() usersync.EventLog { return eventLog{db, eventsLooked, eventPatience} }

// eventLog reads two lists as one: the events that have a time of their own, by their
// key, and those that have none, by when they were received.
type eventLog struct {
	db       *DB
	most     int // in a step
	patience time.Duration
}

// EventPage implements usersync.EventLog. Both lists are read from the same place on.
// Where one was not read as far as the other the step ends there.
func (l eventLog) EventPage(ctx context.Context, scope usersync.EventScope, from string, limit int) (page usersync.EventPage, err error) {
	began := time.Now()
	for page.Next = from; ; {
		step, err := l.step(ctx, scope, page.Next, limit-len(page.Events))
		if err != nil {
			return usersync.EventPage{}, err
		}
		page.Events, page.Next = append(page.Events, step.Events...), step.Next
		if page.Next == "" || len(page.Events) >= limit || time.Since(began) >= l.patience {
			return page, nil
		}
	}
}

func (l eventLog) step(ctx context.Context, scope usersync.EventScope, from string, limit int) (page usersync.EventPage, err error) {
	var behind *eventPlace
	if from != "" {
		place, err := parsePlace(from)
		if err != nil {
			return page, err
		}
		behind = &place
	}
	if limit <= 0 || !storable(scope.Provider) || !storable(scope.UserID) || !storable(scope.EventID) {
		return page, nil
	}
	err = l.db.reading(ctx, pgWalk, func(from querier) (err error) {
		page, err = l.page(ctx, from, scope, behind, limit)
		return err
	})
	if err != nil {
		return page, fmt.Errorf("read the processed events: %w", printable(err))
	}
	return page, nil
}

func (l eventLog) page(ctx context.Context, from querier, scope usersync.EventScope, behind *eventPlace, limit int) (usersync.EventPage, error) {
	timed, err := l.timed(ctx, from, scope, behind, limit+1)
	if err != nil {
		return usersync.EventPage{}, err
	}
	untimed, err := l.untimed(ctx, from, scope, behind, limit+1)
	if err != nil {
		return usersync.EventPage{}, err
	}
	return joined(timed, untimed, limit), nil
}

// joined makes a page of what was read of both lists.
func joined(a, b eventStretch, limit int) (page usersync.EventPage) {
	end := a.end
	if end == nil || b.end != nil && b.end.compare(*end) > 0 {
		end = b.end
	}
	events := append(a.events, b.events...)
	slices.SortFunc(events, func(x, y usersync.Claim) int { return placeOf(&y).compare(placeOf(&x)) })
	if end != nil {
		events = slices.DeleteFunc(events, func(c usersync.Claim) bool { return placeOf(&c).compare(*end) < 0 })
	}
	if len(events) > limit {
		events = events[:limit]
		last := placeOf(&events[limit-1])
		end = &last
	}
	if page.Events = events; end != nil {
		page.Next = end.text()
	}
	return page
}

// Event implements usersync.EventLog.
func (l eventLog) Event(ctx context.Context, key usersync.ClaimKey) (*usersync.Claim, error) {
	if !key.OccurredAt.Storable() || !storable(key.Provider) || !storable(key.UserID) || !storable(key.EventID) {
		return nil, nil
	}
	claims, err := explainer{l.db}.claims(ctx, []usersync.ClaimKey{key})
	if err != nil {
		return nil, fmt.Errorf("read a processed event: %w", printable(err))
	}
	if len(claims) == 0 {
		return nil, nil
	}
	return &claims[0], nil
}
