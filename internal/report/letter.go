package report

import (
	"time"

	usersync "usersync/sync"
)

// Letter is a dead letter, without what was sent.
type Letter struct {
	ID        int64      `json:"id"`
	Provider  string     `json:"provider"`
	Reason    string     `json:"reason"`
	Detail    string     `json:"detail"`
	EventID   string     `json:"event_id"`
	UserID    string     `json:"user_id"`
	Origin    string     `json:"origin"`
	FirstSeen time.Time  `json:"first_seen_at"`
	LastSeen  time.Time  `json:"last_seen_at"`
	Seen      int64      `json:"seen"`
	Due       *time.Time `json:"due_at"`
}

// LetterOf shows a letter.
func LetterOf(l *usersync.StoredLetter) Letter {
	shown := Letter{
		ID: l.ID, Provider: l.Provider, Reason: l.Reason, Detail: l.Detail, EventID: l.EventID, UserID: l.UserID,
		Origin: l.Origin.String(), FirstSeen: l.FirstSeen.Time(), LastSeen: l.ReceivedAt.Time(), Seen: l.Seen,
	}
	if l.DueAt != 0 {
		due := l.DueAt.Time()
		shown.Due = &due
	}
	return shown
}
