package storetest

import (
	"context"

	usersync "usersync/sync"
)

// NoteActivity implements usersync.Activities.
func (m *Memory) NoteActivity(ctx context.Context, verified map[string]usersync.Micros, at usersync.Micros) (map[string]usersync.Activity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := map[string]usersync.Activity{}
	for name, heard := range verified {
		a, there := m.activity[name]
		if !there {
			a.Since = at
		}
		a.Verified = max(a.Verified, heard)
		m.activity[name], known[name] = a, a
	}
	return known, ctx.Err()
}

// ClaimNotice implements usersync.Notices.
func (m *Memory) ClaimNotice(ctx context.Context, id string, _ usersync.Micros) (mine bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	mine = !m.notices[id]
	m.notices[id] = true
	return mine, ctx.Err()
}

// ReleaseNotice implements usersync.Notices.
func (m *Memory) ReleaseNotice(ctx context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.notices, id)
	return ctx.Err()
}
