package models

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	usersync "usersync/sync"
)

// Runs keeps the runs; it implements usersync.Runs.
func (db *DB) Runs() usersync.Runs { return runStore{db} }

type runStore struct{ db *DB }

// Begin implements usersync.Runs.
func (s runStore) Begin(ctx context.Context, key usersync.RunKey, restart bool, at usersync.Micros) (run usersync.Run, resumed bool, err error) {
	err = s.beginning(ctx, key, func(table func() *gorm.DB, last *SyncRun) error {
		resumed = last != nil && !restart && last.resumable(key)
		run, err = begin(table, key, last, resumed, at)
		return err
	})
	return run, resumed, err
}

// BeginDue implements usersync.Runs.
func (s runStore) BeginDue(ctx context.Context, key usersync.RunKey, every, quiet, at usersync.Micros) (run usersync.Run, due bool, err error) {
	err = s.beginning(ctx, key, func(table func() *gorm.DB, last *SyncRun) error {
		goesOn := false
		if due = last == nil; !due {
			old := apart(at, usersync.MicrosOf(last.StartedAt.Time)) >= every
			silent := apart(at, last.seen()) >= quiet
			due = last.ended() && old || !last.ended() && silent
			goesOn = !old && last.resumable(key)
		}
		if due {
			run, err = begin(table, key, last, goesOn, at)
		}
		return err
	})
	return run, due, err
}

// Alive implements usersync.Runs.
func (s runStore) Alive(ctx context.Context, run usersync.Run, at usersync.Micros) error {
	return s.save(ctx, run, map[string]any{"saved_at": Timestamp{at.Time()}})
}

// End implements usersync.Runs.
func (s runStore) End(ctx context.Context, run usersync.Run, outcome usersync.RunOutcome, at usersync.Micros) error {
	changes := map[string]any{"outcome": string(outcome), "finished_at": Timestamp{at.Time()}}
	if outcome != usersync.RunFailed {
		changes["counts"] = countsOf(&run)
	}
	return s.save(ctx, run, changes)
}

// save changes the record of a run, unless somebody else goes on with it.
func (s runStore) save(ctx context.Context, run usersync.Run, changes map[string]any) error {
	return s.db.alone(ctx, func(tx *gorm.DB) error {
		saved := s.table(tx).Where("id = ? AND owner = ?", run.ID, run.Owner).Updates(changes)
		switch {
		case saved.Error != nil:
			return fmt.Errorf("record the run: %w", printable(saved.Error))
		case saved.RowsAffected == 0:
			return usersync.ErrRunTaken
		}
		return nil
	})
}

func (s runStore) table(tx *gorm.DB) *gorm.DB { return tx.Table(s.db.names.Runs) }

// beginning runs do with the newest run, nil if there is none, in a transaction
// that no other beginning and no page of that run overlaps.
func (s runStore) beginning(ctx context.Context, key usersync.RunKey, do func(table func() *gorm.DB, last *SyncRun) error) error {
	err := s.db.alone(ctx, func(tx *gorm.DB) error {
		newest := s.table(tx)
		if s.db.dialect == Postgres {
			if err := tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended('usersync.sync_runs', 0))").Error; err != nil {
				return err
			}
			newest = newest.Clauses(clause.Locking{Strength: "UPDATE"})
		}
		var runs []SyncRun
		err := newest.Where("provider = ? AND kind = ?", key.Provider, string(key.Kind)).Order("id DESC").Limit(1).Find(&runs).Error
		if err != nil {
			return err
		}
		var last *SyncRun
		if len(runs) > 0 {
			last = &runs[0]
		}
		return do(func() *gorm.DB { return s.table(tx) }, last)
	})
	if err != nil {
		return fmt.Errorf("begin a run: %w", printable(err))
	}
	return nil
}

// begin goes on with the last run, or makes a new one and ends the last for
// whoever may still be about it.
func begin(table func() *gorm.DB, key usersync.RunKey, last *SyncRun, goesOn bool, at usersync.Micros) (usersync.Run, error) {
	if goesOn {
		return last.goOn(table(), at)
	}
	if last != nil && !last.ended() {
		err := table().Where("id = ?", last.ID).Updates(map[string]any{
			"owner": rand.Text(), "outcome": string(usersync.RunFailed), "finished_at": Timestamp{at.Time()},
		}).Error
		if err != nil {
			return usersync.Run{}, err
		}
	}
	made := SyncRun{Provider: key.Provider, Kind: string(key.Kind), Source: key.Source, Counts: "{}", Owner: rand.Text(), StartedAt: Timestamp{at.Time()}}
	err := table().Create(&made).Error
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

// apart is how far two times lie apart. One far ahead of ours is of a clock that
// was wrong, and must not stop everything until then; a little ahead are those of
// other replicas.
func apart(a, b usersync.Micros) usersync.Micros { return max(a-b, b-a) }

// ended reports whether nothing is left to go on with.
func (r *SyncRun) ended() bool {
	return r.Outcome != nil && *r.Outcome != string(usersync.RunFailed)
}

// resumable reports whether the run can be gone on with.
func (r *SyncRun) resumable(key usersync.RunKey) bool { return !r.ended() && r.Source == key.Source }

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

// LastRuns returns the newest runs over the users of providers first, at most limit.
func (db *DB) LastRuns(ctx context.Context, limit int) ([]SyncRun, error) {
	var runs []SyncRun
	err := runStore{db}.table(db.gorm.WithContext(ctx)).Where("provider <> ''").Order("id DESC").Limit(limit).Find(&runs).Error
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
