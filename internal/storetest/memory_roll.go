package storetest

import (
	"context"
	"slices"

	usersync "usersync/sync"
)

// Call implements usersync.Roll.
func (m *Memory) Call(_ context.Context, provider string, after usersync.UUID, limit int) ([]usersync.Present, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var users []usersync.Present
	for key, u := range m.users {
		if id := key.ID(); key.Provider == provider && u.row.View.DeletedAt.Kind() != usersync.Time && slices.Compare(id[:], after[:]) > 0 {
			users = append(users, usersync.Present{UserKey: key, Latest: usersync.LatestStamp(usersync.EncodeState(nil, &u.state))})
		}
	}
	slices.SortFunc(users, func(a, b usersync.Present) int {
		left, right := a.ID(), b.ID()
		return slices.Compare(left[:], right[:])
	})
	return users[:min(len(users), limit)], nil
}
