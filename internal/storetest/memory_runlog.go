package storetest

import (
	"context"

	usersync "usersync/sync"
)

// record is the run as it is shown.
func (r *memoryRun) record() usersync.RunRecord {
	return usersync.RunRecord{
		ID: r.ID, Provider: r.key.Provider, Kind: r.key.Kind, Outcome: r.outcome, Counts: r.Counts, Instant: r.Instant,
		Started: r.started, Seen: r.seen, Finished: r.finished,
	}
}

// RunPage implements usersync.RunLog.
func (m *Memory) RunPage(ctx context.Context, provider string, below int64, limit int) (page []usersync.RunRecord, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.runs) - 1; i >= 0 && len(page) < limit; i-- {
		if r := m.runs[i]; r.key.Provider != "" && (provider == "" || provider == r.key.Provider) && (below == 0 || r.ID < below) {
			page = append(page, r.record())
		}
	}
	return page, ctx.Err()
}

// RunByID implements usersync.RunLog.
func (m *Memory) RunByID(ctx context.Context, id int64) (*usersync.RunRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id < 1 || id > int64(len(m.runs)) {
		return nil, ctx.Err()
	}
	record := m.runs[id-1].record()
	return &record, ctx.Err()
}
