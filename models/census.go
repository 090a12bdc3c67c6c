package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	usersync "usersync/sync"
)

// Surveyor takes the census; it implements usersync.Surveyor.
func (db *DB) Surveyor() usersync.Surveyor { return surveyor{db} }

type surveyor struct{ db *DB }

// pgSurvey bounds each statement of a census: one that takes longer is given up.
const pgSurvey = pgByIndex + `, set_config('statement_timeout', '1s', true), set_config('lock_timeout', '200ms', true)`

// recently is within what time letters count as recent.
const recently = usersync.Micros(24 * 3600 * 1_000_000)

// Census implements usersync.Surveyor. Every count ends, and reads nothing but an index.
func (s surveyor) Census(ctx context.Context, at usersync.Micros) (*usersync.Census, error) {
	c := &usersync.Census{}
	err := s.db.reading(ctx, pgSurvey, func(from querier) error { return s.take(ctx, from, c, at) })
	if err != nil {
		return nil, fmt.Errorf("count what waits: %w", printable(err))
	}
	return c, nil
}

func (s surveyor) take(ctx context.Context, from querier, c *usersync.Census, at usersync.Micros) error {
	if err := s.letters(ctx, from, c, at); err != nil {
		return err
	}
	if err := s.hydrations(ctx, from, c); err != nil {
		return err
	}
	if err := s.messages(ctx, from, c); err != nil {
		return err
	}
	return s.runs(ctx, from, c)
}

func (s surveyor) letters(ctx context.Context, from querier, c *usersync.Census, at usersync.Micros) error {
	providers, err := distinct(ctx, from, s.db.names.Letters, "provider", "")
	for _, provider := range providers {
		l := usersync.LettersWaiting{Provider: provider}
		err = count(ctx, from, "count(*), count(due_at), count(CASE WHEN due_at IS NULL AND last_seen_at >= $2 THEN 1 END), max(last_seen_at)",
			"SELECT due_at, last_seen_at FROM "+s.db.names.Letters+" WHERE provider = $1 ORDER BY last_seen_at DESC",
			[]any{provider, s.db.instant(at - recently)}, &l.Count, &l.Due, &l.Recent, microsOf{&l.Latest})
		if err != nil {
			return err
		}
		c.Letters = append(c.Letters, l)
	}
	return err
}

func (s surveyor) hydrations(ctx context.Context, from querier, c *usersync.Census) error {
	providers, err := distinct(ctx, from, s.db.names.Hydrations, "provider", "")
	for _, provider := range providers {
		h := usersync.HydrationsWaiting{Provider: provider}
		err = count(ctx, from, "count(*), min(due_at)", "SELECT due_at FROM "+s.db.names.Hydrations+" WHERE provider = $1 ORDER BY due_at",
			[]any{provider}, &h.Count, microsOf{&h.Oldest})
		if err != nil {
			return err
		}
		c.Hydrations = append(c.Hydrations, h)
	}
	return err
}

func (s surveyor) messages(ctx context.Context, from querier, c *usersync.Census) error {
	actions, err := distinct(ctx, from, s.db.names.Outbox, "action", "due_at IS NOT NULL")
	for _, action := range actions {
		m := usersync.MessagesWaiting{Action: action}
		err = count(ctx, from, "count(*), min(received_at)", "SELECT received_at FROM "+s.db.names.Outbox+" WHERE action = $1 AND due_at IS NOT NULL ORDER BY due_at",
			[]any{action}, &m.Count, microsOf{&m.Oldest})
		if err != nil {
			return err
		}
		c.Messages = append(c.Messages, m)
	}
	return err
}

// runs reads the last run of each provider and kind, and the last one that read its list to
// the end, by the index that has just these.
func (s surveyor) runs(ctx context.Context, from querier, c *usersync.Census) error {
	providers, err := distinct(ctx, from, s.db.names.Runs, "provider", "")
	for _, provider := range providers {
		ids, arguments := "", []any{provider}
		for i, kind := range []usersync.RunKind{usersync.RunBackfill, usersync.RunPlan, usersync.RunReconcile} {
			if i > 0 {
				ids += ", "
			}
			arguments = append(arguments, string(kind))
			last := "(SELECT max(id) FROM " + s.db.names.Runs + " WHERE provider = $1 AND kind = " + placeholder(len(arguments))
			ids += last + "), " + last + " AND outcome IN ('complete', 'held'))"
		}
		rows, err := from.QueryContext(ctx, "SELECT id, provider, kind, counts, outcome, instant, started_at, saved_at, finished_at FROM "+s.db.names.Runs+
			" WHERE id IN ("+ids+")", arguments...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var run SyncRun
			if err := s.db.gorm.ScanRows(rows, &run); err != nil {
				return err
			}
			c.Runs = append(c.Runs, run.record())
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	slices.SortFunc(c.Runs, func(a, b usersync.RunRecord) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	return err
}

// count reads figures of at most CensusMost rows.
func count(ctx context.Context, from querier, figures, rows string, arguments []any, into ...any) error {
	found, err := from.QueryContext(ctx, "SELECT "+figures+" FROM ("+rows+" LIMIT "+strconv.Itoa(usersync.CensusMost)+") AS counted", arguments...)
	if err != nil {
		return err
	}
	defer found.Close()
	if found.Next() {
		if err := found.Scan(into...); err != nil {
			return err
		}
	}
	return found.Err()
}

// microsOf scans a time column, of which NULL is 0.
type microsOf struct{ into *usersync.Micros }

// Scan implements sql.Scanner.
func (m microsOf) Scan(src any) error {
	if *m.into = 0; src == nil {
		return nil
	}
	var at Timestamp
	if err := at.Scan(src); err != nil {
		return err
	}
	*m.into = usersync.MicrosOf(at.Time)
	return nil
}
