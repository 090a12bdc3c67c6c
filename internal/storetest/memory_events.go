package storetest

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	usersync "usersync/sync"
)

// byTime orders events, the newest first: by when they occurred, or came if they have no
// time of their own, and then by their keys.
func byTime(a, b usersync.Claim) int {
	return cmp.Or(cmp.Compare(cmp.Or(b.OccurredAt, b.ReceivedAt), cmp.Or(a.OccurredAt, a.ReceivedAt)), cmp.Compare(b.OccurredAt, a.OccurredAt),
		cmp.Compare(b.Provider, a.Provider), cmp.Compare(b.EventID, a.EventID), cmp.Compare(b.UserID, a.UserID))
}

// EventPage implements usersync.EventLog.
func (m *Memory) EventPage(ctx context.Context, scope usersync.EventScope, from string, limit int) (page usersync.EventPage, err error) {
	var last *usersync.Claim
	if from != "" {
		last = &usersync.Claim{}
		text, err := base64.RawURLEncoding.DecodeString(from)
		if err != nil || json.Unmarshal(text, last) != nil {
			return page, usersync.ErrNoPlace
		}
	}
	events := m.Claims()
	slices.SortFunc(events, byTime)
	for _, c := range events {
		switch {
		case last != nil && byTime(*last, c) >= 0 || !scope.Covers(&c):
		case len(page.Events) < limit:
			page.Events = append(page.Events, c)
		case page.Next == "" && limit > 0:
			text, err := json.Marshal(page.Events[limit-1])
			if err != nil {
				return page, err
			}
			page.Next = base64.RawURLEncoding.EncodeToString(text)
		}
	}
	return page, ctx.Err()
}

// Event implements usersync.EventLog.
func (m *Memory) Event(ctx context.Context, key usersync.ClaimKey) (*usersync.Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, there := m.claims[key]; there {
		return &c, ctx.Err()
	}
	return nil, ctx.Err()
}
