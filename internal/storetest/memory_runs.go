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
	owners        int // how many there were
}

// ended reports whether nothing is left to go on with.
func (r *memoryRun) ended() bool { return r.outcome != "" && r.outcome != usersync.RunFailed }

// Begin implements usersync.Runs.
func (m *Memory) Begin(_ context.Context, key usersync.RunKey, restart bool, at usersync.Micros) (run usersync.Run, resumed bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.last(key)
	resumed = last != nil && !restart && !last.ended()
	if !resumed {
		last = m.begin(key, at)
	}
	return last.take(at), resumed, nil
}

// BeginDue implements usersync.Runs.
func (m *Memory) BeginDue(_ context.Context, key usersync.RunKey, every, quiet, at usersync.Micros) (run usersync.Run, due bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.last(key)
	switch {
	case last == nil || last.ended() && at-last.started >= every:
		return m.begin(key, at).take(at), true, nil
	case !last.ended() && at-last.seen >= quiet:
		return last.take(at), true, nil
	}
	return run, false, nil
}

// End implements usersync.Runs.
func (m *Memory) End(_ context.Context, run usersync.Run, outcome usersync.RunOutcome, at usersync.Micros) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := m.runs[run.ID-1]
	if kept.Owner != run.Owner {
		return usersync.ErrRunTaken
	}
	kept.Counts, kept.outcome, kept.seen = run.Counts, outcome, at
	return nil
}

// last returns the newest run of a key; the caller holds the lock.
func (m *Memory) last(key usersync.RunKey) *memoryRun {
	for i := len(m.runs) - 1; i >= 0; i-- {
		if m.runs[i].key == key {
			return m.runs[i]
		}
	}
	return nil
}

func (m *Memory) begin(key usersync.RunKey, at usersync.Micros) *memoryRun {
	run := &memoryRun{key: key, started: at}
	run.ID = int64(len(m.runs) + 1)
	m.runs = append(m.runs, run)
	return run
}

// take gives the run to a new owner.
func (r *memoryRun) take(at usersync.Micros) usersync.Run {
	r.owners++
	r.Owner, r.outcome, r.seen = strconv.Itoa(r.owners), "", at
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
