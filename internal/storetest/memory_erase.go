package storetest

import (
	"context"

	usersync "usersync/sync"
)

// Erase implements usersync.Eraser.
func (m *Memory) Erase(_ context.Context, key usersync.UserKey, at usersync.Micros) (done usersync.Erased, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if done.Before = m.erased[key]; done.Before == 0 {
		m.erased[key] = at
	}
	done.Row = usersync.RowAbsent
	if m.users[key] != nil {
		delete(m.users, key)
		done.Row = usersync.RowDeleted
	}
	if m.waiting[key] != nil {
		delete(m.waiting, key)
		done.Hydrations++
	}
	for name, l := range m.letters {
		switch {
		case l.Provider != key.Provider:
		case l.UserID == key.UserID:
			delete(m.letters, name)
			done.Letters++
		case l.UserID == "" && l.Mentions(key.UserID):
			delete(m.letters, name)
			done.Mentions++
		}
	}
	for id, p := range m.outbox {
		switch {
		case p.Provider != key.Provider || p.Body == nil:
		case p.UserID == key.UserID:
			delete(m.outbox, id)
			done.Messages++
		case p.UserID == "" && usersync.Mentions(p.Body, key.UserID):
			p.Body, p.Outcome, p.At, p.Detail = nil, usersync.MessageErased, at, ""
			done.MessageMentions++
		}
	}
	for claim := range m.claims {
		if claim.UserKey == key {
			delete(m.claims, claim)
			done.Events++
		}
	}
	return done, nil
}
