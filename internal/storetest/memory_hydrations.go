package storetest

import (
	"cmp"
	"context"
	"slices"

	usersync "usersync/sync"
)

type memoryHydration struct {
	due      usersync.Micros
	attempts int
	requests int64
}

// ask enters a user; the caller holds the lock.
func (m *Memory) ask(key usersync.UserKey, at usersync.Micros) {
	h := m.waiting[key]
	if h == nil {
		h = &memoryHydration{due: at}
		m.waiting[key] = h
	}
	h.requests++
	if h.attempts == 0 {
		h.due = min(h.due, at)
	}
}

// Claim implements usersync.Hydrations.
func (m *Memory) Claim(ctx context.Context, provider string, at, until usersync.Micros, limit int) ([]usersync.Hydration, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []usersync.UserKey
	for key, h := range m.waiting {
		if key.Provider == provider && h.due <= at {
			due = append(due, key)
		}
	}
	slices.SortFunc(due, func(a, b usersync.UserKey) int { return cmp.Compare(m.waiting[a].due, m.waiting[b].due) })
	var claimed []usersync.Hydration
	for _, key := range due[:min(limit, len(due))] {
		h := m.waiting[key]
		h.attempts, h.due = h.attempts+1, until
		claimed = append(claimed, usersync.Hydration{UserKey: key, Attempts: h.attempts, Requests: h.requests, Until: until, Deleted: m.deleted(key)})
	}
	return claimed, nil
}

func (m *Memory) deleted(key usersync.UserKey) bool {
	u := m.users[key]
	return u != nil && u.row.View.DeletedAt.Kind() == usersync.Time
}

// Settle implements usersync.Hydrations.
func (m *Memory) Settle(ctx context.Context, at usersync.Micros, done []usersync.Hydration, postponed []usersync.Postponed) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range done {
		switch h := m.waiting[d.UserKey]; {
		case h == nil || h.due != d.Until:
		case h.requests == d.Requests:
			delete(m.waiting, d.UserKey)
		default:
			h.attempts, h.due = 0, at
		}
	}
	for _, p := range postponed {
		h := m.waiting[p.UserKey]
		if h == nil || h.due != p.Until {
			continue
		}
		if h.due = p.Due; p.Last {
			h.attempts = -1
		}
	}
	return nil
}
