package models

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// runBackfill is the kind of a SyncRun that a backfill makes.
const runBackfill = "backfill"

// Runs keeps the runs of backfills; it implements usersync.Runs.
func (db *DB) Runs() usersync.Runs { return runStore{db, runBackfill} }

type runStore struct {
	db   *DB
	kind string
}

func (s runStore) table(ctx context.Context) *gorm.DB {
	return s.db.gorm.WithContext(ctx).Table(s.db.names.Runs)
}

// Begin implements usersync.Runs.
func (s runStore) Begin(ctx context.Context, provider string, restart bool, at usersync.Micros) (run usersync.Run, resumed bool, err error) {
	var last []SyncRun
	err = s.table(ctx).Where("provider = ? AND kind = ?", provider, s.kind).Order("id DESC").Limit(1).Find(&last).Error
	if err != nil {
		return run, false, fmt.Errorf("look for the last run: %w", printable(err))
	}
	goesOn := len(last) > 0 && !restart && (last[0].Outcome == nil || *last[0].Outcome != string(usersync.RunComplete))
	if !goesOn {
		made := SyncRun{Provider: provider, Kind: s.kind, Counts: "{}", StartedAt: Timestamp{at.Time()}}
		if err := s.table(ctx).Create(&made).Error; err != nil {
			return run, false, fmt.Errorf("begin a run: %w", printable(err))
		}
		return usersync.Run{ID: made.ID}, false, nil
	}
	run.ID = last[0].ID
	if last[0].Cursor != nil {
		run.Cursor = *last[0].Cursor
	}
	if err := json.Unmarshal([]byte(last[0].Counts), &run.Counts); err != nil {
		return run, false, fmt.Errorf("the last run cannot be gone on with: %w: begin anew with --restart", err)
	}
	err = s.table(ctx).Where("id = ?", run.ID).Updates(map[string]any{"outcome": nil, "finished_at": nil}).Error
	if err != nil {
		return run, false, fmt.Errorf("go on with the last run: %w", printable(err))
	}
	return run, true, nil
}

// End implements usersync.Runs.
func (s runStore) End(ctx context.Context, run usersync.Run, outcome usersync.RunOutcome, at usersync.Micros) error {
	err := s.table(ctx).Where("id = ?", run.ID).Updates(map[string]any{"outcome": string(outcome), "finished_at": Timestamp{at.Time()}}).Error
	if err != nil {
		return fmt.Errorf("record the end of the run: %w", printable(err))
	}
	return nil
}

// countsOf is the JSON of a run's counts.
func countsOf(run *usersync.Run) string {
	text, err := json.Marshal(run.Counts)
	if err != nil {
		panic(err) // a struct of numbers
	}
	return string(text)
}
