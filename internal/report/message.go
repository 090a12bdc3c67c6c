package report

import (
	"time"

	usersync "usersync/sync"
)

// Message is a message of an action that no receiver has taken, without what it holds.
type Message struct {
	ID       string     `json:"id"`
	Action   string     `json:"action"`
	Provider string     `json:"provider"`
	UserID   string     `json:"user_id,omitempty"`
	Received time.Time  `json:"received_at"`
	Attempts int        `json:"attempts"`
	State    string     `json:"state"` // waiting or given_up
	Due      *time.Time `json:"due_at,omitempty"`
	GivenUp  *time.Time `json:"given_up_at,omitempty"`
	Detail   string     `json:"detail,omitempty"` // why the last try failed
}

// MessageOf shows a message.
func MessageOf(m *usersync.MessageState) Message {
	s := Message{
		ID: m.ID, Action: m.Action, Provider: m.Provider, UserID: m.UserID, Received: m.ReceivedAt.Time(),
		Attempts: m.Attempts, State: "waiting", Detail: m.Detail,
	}
	at := m.At.Time()
	if m.Outcome == usersync.MessageWaits {
		s.Due = &at
	} else {
		s.State, s.GivenUp = string(m.Outcome), &at
	}
	return s
}
