package models

import (
	"context"
	"fmt"
	"maps"
	"slices"

	usersync "usersync/sync"
)

// Activities keeps when each provider was last heard of; it implements
// usersync.Activities.
func (db *DB) Activities() usersync.Activities { return activities{db} }

type activities struct{ db *DB }

// NoteActivity implements usersync.Activities. What is known already is not written, so
// that nothing is written while nothing comes.
func (a activities) NoteActivity(ctx context.Context, verified map[string]usersync.Micros, at usersync.Micros) (map[string]usersync.Activity, error) {
	names := slices.Sorted(maps.Keys(verified)) // who writes several does so in one order
	known, err := a.read(ctx, a.db.pool, names)
	if err == nil && a.news(verified, known) {
		err = a.db.within(ctx, func(tx session) error {
			for _, name := range names {
				if err := a.write(ctx, tx, name, verified[name], at, known); err != nil {
					return err
				}
			}
			known, err = a.read(ctx, tx, names)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("note when providers were heard of: %w", printable(err))
	}
	return known, nil
}

// news reports whether something is not known yet.
func (a activities) news(verified map[string]usersync.Micros, known map[string]usersync.Activity) bool {
	for name, at := range verified {
		if k, there := known[name]; !there || at > k.Verified {
			return true
		}
	}
	return false
}

func (a activities) write(ctx context.Context, tx session, name string, verified, at usersync.Micros, known map[string]usersync.Activity) error {
	if k, there := known[name]; there && verified <= k.Verified {
		return nil
	}
	var heard any
	if verified > 0 {
		heard = a.db.instant(verified)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO "+a.db.names.Activity+" AS a (provider, since, verified_at) VALUES ($1, $2, $3) ON CONFLICT (provider) DO UPDATE"+
		" SET verified_at = excluded.verified_at WHERE a.verified_at IS NULL OR a.verified_at < excluded.verified_at", name, a.db.instant(at), heard)
	return err
}

func (a activities) read(ctx context.Context, from querier, names []string) (map[string]usersync.Activity, error) {
	known := make(map[string]usersync.Activity, len(names))
	wanted, arguments := "", []any{}
	for i, name := range names {
		if i > 0 {
			wanted += ", "
		}
		arguments = append(arguments, name)
		wanted += placeholder(len(arguments))
	}
	if wanted == "" {
		return known, nil
	}
	rows, err := from.QueryContext(ctx, "SELECT provider, since, verified_at FROM "+a.db.names.Activity+" WHERE provider IN ("+wanted+")", arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var activity usersync.Activity
		if err := rows.Scan(&name, microsOf{&activity.Since}, microsOf{&activity.Verified}); err != nil {
			return nil, err
		}
		known[name] = activity
	}
	return known, rows.Err()
}
