package models

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// Runs keeps the runs; it implements usersync.Runs.
func (db *DB) Runs() usersync.Runs { return runStore{db} }

type runStore struct{ db *DB }

// Begin implements usersync.Runs.
func (s runStore) Begin(ctx context.Context, key usersync.RunKey, restart bool, at usersync.Micros) (run usersync.Run, resumed bool, err error) {
	err = s.alone(ctx, func(table func() *gorm.DB) error {
		last, err := lastRun(table(), key)
		if err != nil {
			return err
		}
		if resumed = last != nil && !restart && !last.ended(); resumed {
			run, err = last.goOn(table(), at)
		} else {
			run, err = newRun(table(), key, at)
		}
		return err
	})
	return run, resumed, err
}

// BeginDue implements usersync.Runs.
func (s runStore) BeginDue(ctx context.Context, key usersync.RunKey, every, quiet, at usersync.Micros) (run usersync.Run, due bool, err error) {
	err = s.alone(ctx, func(table func() *gorm.DB) error {
		last, err := lastRun(table(), key)
		switch {
		case err != nil:
			return err
		case last == nil || last.ended() && at-usersync.MicrosOf(last.StartedAt.Time) >= every:
			due = true
			run, err = newRun(table(), key, at)
		case !last.ended() && at-last.seen() >= quiet:
			due = true
			run, err = last.goOn(table(), at)
		}
		return err
	})
	return run, due, err
}

// End implements usersync.Runs.
func (s runStore) End(ctx context.Context, run usersync.Run, outcome usersync.RunOutcome, at usersync.Micros) error {
	saved := s.table(s.db.gorm.WithContext(ctx)).Where("id = ? AND owner = ?", run.ID, run.Owner).Updates(map[string]any{
		"outcome": string(outcome), "finished_at": Timestamp{at.Time()}, "counts": countsOf(&run),
	})
	switch {
	case saved.Error != nil:
		return fmt.Errorf("record the end of the run: %w", printable(saved.Error))
	case saved.RowsAffected == 0:
		return usersync.ErrRunTaken
	}
	return nil
}

func (s runStore) table(tx *gorm.DB) *gorm.DB { return tx.Table(s.db.names.Runs) }

// alone runs do in a transaction that no other beginning of a run overlaps:
// on SQLite it is the writer, on Postgres it has a lock that ends with it.
func (s runStore) alone(ctx context.Context, do func(table func() *gorm.DB) error) error {
	err := s.db.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if s.db.dialect == Postgres {
			if err := tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended('usersync.sync_runs', 0))").Error; err != nil {
				return err
			}
		}
		return do(func() *gorm.DB { return s.table(tx) })
	})
	if err != nil {
		return fmt.Errorf("begin a run: %w", printable(err))
	}
	return nil
}

// lastRun returns the newest run, nil if there is none.
func lastRun(table *gorm.DB, key usersync.RunKey) (*SyncRun, error) {
	var last []SyncRun
	err := table.Where("provider = ? AND kind = ?", key.Provider, string(key.Kind)).Order("id DESC").Limit(1).Find(&last).Error
	if err != nil || len(last) == 0 {
		return nil, err
	}
	return &last[0], nil
}

func newRun(table *gorm.DB, key usersync.RunKey, at usersync.Micros) (usersync.Run, error) {
	made := SyncRun{Provider: key.Provider, Kind: string(key.Kind), Counts: "{}", Owner: rand.Text(), StartedAt: Timestamp{at.Time()}}
	err := table.Create(&made).Error
	return usersync.Run{ID: made.ID, Owner: made.Owner}, err
}

// goOn takes the run over.
func (r *SyncRun) goOn(table *gorm.DB, at usersync.Micros) (usersync.Run, error) {
	run := usersync.Run{ID: r.ID, Owner: rand.Text()}
	if r.Cursor != nil {
		run.Cursor = *r.Cursor
	}
	if r.Instant != nil {
		run.Instant = usersync.MicrosOf(r.Instant.Time)
	}
	if err := json.Unmarshal([]byte(r.Counts), &run.Counts); err != nil {
		return run, fmt.Errorf("the last run cannot be gone on with: %w: begin anew with --restart", err)
	}
	return run, table.Where("id = ?", r.ID).Updates(map[string]any{
		"owner": run.Owner, "saved_at": Timestamp{at.Time()}, "outcome": nil, "finished_at": nil,
	}).Error
}

// ended reports whether nothing is left to go on with.
func (r *SyncRun) ended() bool {
	return r.Outcome != nil && *r.Outcome != string(usersync.RunFailed)
}

// seen is when somebody was last known to be about the run.
func (r *SyncRun) seen() usersync.Micros {
	last := r.StartedAt.Time
	for _, at := range []*Timestamp{r.SavedAt, r.FinishedAt} {
		if at != nil && at.After(last) {
			last = at.Time
		}
	}
	return usersync.MicrosOf(last)
}

// countsOf is the JSON of a run's counts.
func countsOf(run *usersync.Run) string {
	text, err := json.Marshal(run.Counts)
	if err != nil {
		panic(err) // a struct of numbers
	}
	return string(text)
}

// LastRuns returns the newest runs first, at most limit.
func (db *DB) LastRuns(ctx context.Context, limit int) ([]SyncRun, error) {
	var runs []SyncRun
	err := runStore{db}.table(db.gorm.WithContext(ctx)).Order("id DESC").Limit(limit).Find(&runs).Error
	return runs, err
}

// LastListed is how many users the last list had that was read to its end; 0 if
// there was none, or if nobody can say.
func (db *DB) LastListed(ctx context.Context, provider string) int64 {
	var last []SyncRun
	err := runStore{db}.table(db.gorm.WithContext(ctx)).
		Where("provider = ? AND kind IN ? AND outcome IN ?", provider,
			[]string{string(usersync.RunBackfill), string(usersync.RunReconcile), string(usersync.RunPlan)},
			[]string{string(usersync.RunComplete), string(usersync.RunHeld)}).
		Order("id DESC").Limit(1).Find(&last).Error
	var counts usersync.Counts
	if err != nil || len(last) == 0 || json.Unmarshal([]byte(last[0].Counts), &counts) != nil {
		return 0
	}
	return counts.Users
}
