package models

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// RunLog reads the runs; it implements usersync.RunLog.
func (db *DB) RunLog() usersync.RunLog { return runLog{db} }

type runLog struct{ db *DB }

// RunPage implements usersync.RunLog.
func (l runLog) RunPage(ctx context.Context, provider string, below int64, limit int) ([]usersync.RunRecord, error) {
	if limit <= 0 || !storable(provider) {
		return nil, nil
	}
	query := runStore(l).table(l.db.gorm.WithContext(ctx)).Where("provider <> ''")
	if provider != "" {
		query = query.Where("provider = ?", provider)
	}
	if below != 0 {
		query = query.Where("id < ?", below)
	}
	return l.read(query.Limit(limit))
}

// RunByID implements usersync.RunLog.
func (l runLog) RunByID(ctx context.Context, id int64) (*usersync.RunRecord, error) {
	records, err := l.read(runStore(l).table(l.db.gorm.WithContext(ctx)).Where("id = ?", id))
	if err != nil || len(records) == 0 {
		return nil, err
	}
	return &records[0], nil
}

func (l runLog) read(query *gorm.DB) ([]usersync.RunRecord, error) {
	var runs []SyncRun
	if err := query.Order("id DESC").Find(&runs).Error; err != nil {
		return nil, fmt.Errorf("read the runs: %w", printable(err))
	}
	records := make([]usersync.RunRecord, len(runs))
	for i := range runs {
		records[i] = runs[i].record()
	}
	return records, nil
}

// record is the run as it is shown. Counts that cannot be read are none: whoever goes on
// with such a run is told.
func (r *SyncRun) record() usersync.RunRecord {
	record := usersync.RunRecord{
		ID: r.ID, Provider: r.Provider, Kind: usersync.RunKind(r.Kind), Started: usersync.MicrosOf(r.StartedAt.Time), Seen: r.seen(),
	}
	if err := json.Unmarshal([]byte(r.Counts), &record.Counts); err != nil {
		record.Counts = usersync.Counts{}
	}
	if r.Outcome != nil {
		record.Outcome = usersync.RunOutcome(*r.Outcome)
	}
	if r.Instant != nil {
		record.Instant = usersync.MicrosOf(r.Instant.Time)
	}
	if r.FinishedAt != nil {
		record.Finished = usersync.MicrosOf(r.FinishedAt.Time)
	}
	return record
}
