package models

import (
	"context"
	"encoding/json"
	"fmt"
)

// Symptom is something about the database that usersync does not expect, for
// whoever looks after it. It never shows a row.
type Symptom struct {
	// Part is what it is about, in a word or two.
	Part string
	// Broken says that deliveries or rows suffer from it now; otherwise it is a
	// risk, or costs something.
	Broken bool
	Text   string
	// Remedy is a statement to paste or, where none would do, what to do.
	Remedy string
}

// Newer returns the version of the schema if a newer program has migrated it, else 0.
func (db *DB) Newer(ctx context.Context) (int64, error) {
	steps, err := stepsOf(db.dialect, db.names)
	if err != nil {
		return 0, err
	}
	version, err := db.version(ctx)
	if err != nil || version <= steps[len(steps)-1].Version {
		return 0, err
	}
	return version, nil
}

// document reads the JSON that a query answers with.
func (db *DB) document(ctx context.Context, what, query string, into any, arguments ...any) error {
	var text string
	if err := db.pool.QueryRowContext(ctx, query, arguments...).Scan(&text); err != nil {
		return fmt.Errorf("look at %s: %w", what, printable(err))
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("look at %s: %w", what, err)
	}
	return nil
}
