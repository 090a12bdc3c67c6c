package storetest

import (
	"context"
	"strconv"

	usersync "usersync/sync"
)

// memoryRun is what a store keeps of a run.
type memoryRun struct {
	usersync.Run
	key           usersync.RunKey
	outcome       usersync.RunOutcome
	started, seen usersync.Micros
	finished      usersync.Micros // 0 until it has ended
	owners        int             // how many there were
}

// resumable reports whether the run can be gone on with.
func (r *memoryRun) resumable(key usersync.RunKey) bool { return !r.ended() && r.key == key }

// ended reports whether nothing is left to go on with.
func (r *memoryRun) ended() bool { return r.outcome != "" && r.outcome != usersync.RunFailed }

// Begin implements usersync.Runs.
func (m *Memory) Begin(_ context.Context, key usersync.RunKey, restart bool, at usersync.Micros) (run usersync.Run, resumed bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.last(key)
	resumed = last != nil && !restart && last.resumable(key)
	return m.begin(key, last, resumed, at), resumed, nil
}

// BeginDue implements usersync.Runs.
func (m *Memory) BeginDue(_ context.Context, key usersync.RunKey, every, quiet, at usersync.Micros) (run usersync.Run, due bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.last(key)
	if last == nil {
		return m.begin(key, nil, false, at), true, nil
	}
	old := max(at-last.started, last.started-at) >= every
	silent := max(at-last.seen, last.seen-at) >= quiet
	if last.ended() && !old || !last.ended() && !silent {
		return run, false, nil
	}
	return m.begin(key, last, !old && last.resumable(key), at), true, nil
}

// Alive implements usersync.Runs.
func (m *Memory) Alive(_ context.Context, run usersync.Run, at usersync.Micros) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.runs[run.ID-1]
	if kept.Owner != run.Owner {
		return usersync.ErrRunTaken
	}
	kept.seen = at
	return nil
}

// End implements usersync.Runs.
func (m *Memory) End(_ context.Context, run usersync.Run, outcome usersync.RunOutcome, at usersync.Micros) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.runs[run.ID-1]
	if kept.Owner != run.Owner {
		return usersync.ErrRunTaken
	}
	if outcome != usersync.RunFailed {
		kept.Counts = run.Counts
	}
	kept.outcome, kept.seen, kept.finished = outcome, at, at
	return nil
}

// last returns the newest run of a key; the caller holds the lock.
func (m *Memory) last(key usersync.RunKey) *memoryRun {
	for i := len(m.runs) - 1; i >= 0; i-- {
		if k := m.runs[i].key; k.Kind == key.Kind && k.Provider == key.Provider {
			return m.runs[i]
		}
	}
	return nil
}

// begin goes on with the last run, or makes a new one and takes the last from
// its owner; the caller holds the lock.
func (m *Memory) begin(key usersync.RunKey, last *memoryRun, goesOn bool, at usersync.Micros) usersync.Run {
	if goesOn {
		return last.take(at)
	}
	if last != nil && !last.ended() {
		last.take(at)
		last.outcome, last.finished = usersync.RunFailed, at
	}
	run := &memoryRun{key: key, started: at}
	run.ID = int64(len(m.runs) + 1)
	m.runs = append(m.runs, run)
	return run.take(at)
}

// take gives the run to a new owner.
func (r *memoryRun) take(at usersync.Micros) usersync.Run {
	r.owners++
	r.Owner, r.outcome, r.seen, r.finished = strconv.Itoa(r.owners), "", at, 0
	return r.Run
}

// saveRun saves how far a run is; the caller holds the lock.
func (m *Memory) saveRun(run *usersync.Run, at usersync.Micros) error {
	if run == nil {
		return nil
	}
	kept := m.runs[run.ID-1]
	if kept.Owner != run.Owner {
		return usersync.ErrRunTaken
	}
	kept.Run, kept.seen = *run, at
	return nil
}
