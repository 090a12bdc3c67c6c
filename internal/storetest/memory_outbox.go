package storetest

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	usersync "usersync/sync"
)

// post enters messages; the caller holds the lock.
func (m *Memory) post(messages []usersync.Message, at usersync.Micros) {
	for _, message := range messages {
		if m.outbox[message.ID] == nil {
			message.Body, message.Origin = append([]byte{}, message.Body...), 0
			m.outbox[message.ID] = &usersync.MessageState{Message: message, At: at}
		}
	}
}

// waits lists an action's messages that wait, the longest due first; the caller holds
// the lock.
func (m *Memory) waits(action string) (all []*usersync.MessageState) {
	for _, p := range m.outbox {
		if p.Action == action && p.Outcome == usersync.MessageWaits {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *usersync.MessageState) int { return cmp.Compare(a.At, b.At) })
	return all
}

// BorrowMessages implements usersync.Outbox.
func (m *Memory) BorrowMessages(ctx context.Context, action string, at, until usersync.Micros, limit int) (lent []usersync.LentMessage, next usersync.Micros, err error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.waits(action) {
		if p.At <= at && len(lent) < limit {
			p.At, p.Attempts = until, p.Attempts+1
			lent = append(lent, usersync.LentMessage{Message: p.Message, Attempts: p.Attempts, Until: until})
		}
		if next == 0 || p.At < next {
			next = p.At
		}
	}
	return lent, next, nil
}

// SettleMessages implements usersync.Outbox.
func (m *Memory) SettleMessages(ctx context.Context, settled []usersync.SettledMessage) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range settled {
		p := m.outbox[s.ID]
		if p == nil || p.Outcome != usersync.MessageWaits || p.At != s.Until {
			continue
		}
		p.Outcome, p.At, p.Detail = s.Outcome, s.At, s.Detail
		if s.Outcome == usersync.MessageSent {
			p.Body, p.UserID = nil, ""
		}
	}
	return nil
}

// Posted implements Inspector.
func (m *Memory) Posted() map[string]usersync.MessageState {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[string]usersync.MessageState, len(m.outbox))
	for id, p := range m.outbox {
		kept := *p
		kept.Body = bytes.Clone(p.Body)
		all[id] = kept
	}
	return all
}
