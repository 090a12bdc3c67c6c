package storetest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	usersync "usersync/sync"
)

// FindUsers implements usersync.UserFinder.
func (m *Memory) FindUsers(ctx context.Context, search usersync.UserSearch, limit int) (users []usersync.FoundUser, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, u := range m.users {
		if (search.Provider == "" || search.Provider == key.Provider) && byKey(key, search.After) > 0 && sought(key, &u.row.View, search.Text) {
			users = append(users, usersync.FoundUser{UserKey: key, View: u.row.View, CreatedAt: u.row.CreatedAt, UpdatedAt: u.row.UpdatedAt})
		}
	}
	slices.SortFunc(users, func(a, b usersync.FoundUser) int { return byKey(a.UserKey, b.UserKey) })
	return users[:min(len(users), max(limit, 0))], ctx.Err()
}

func byKey(a, b usersync.UserKey) int {
	return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.UserID, b.UserID))
}

// sought reports whether a text says that a user is meant.
func sought(key usersync.UserKey, view *usersync.View, text string) bool {
	email := view.Columns[usersync.FieldEmail]
	return strings.HasPrefix(key.UserID, text) || strings.EqualFold(key.ID().String(), text) ||
		email.Kind() == usersync.Text && view.DeletedAt.Kind() != usersync.Time && strings.EqualFold(email.Str(), text)
}
