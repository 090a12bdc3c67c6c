// Package storetest is the law of usersync.Store as a test suite that every
// implementation runs, with a store in memory that serves as the plainest one.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"

	usersync "usersync/sync"
)

// Row is what a store keeps of a user, as the suite compares it.
type Row struct {
	View                 usersync.View
	CreatedAt, UpdatedAt usersync.Micros
}

// Letter is what a store keeps of a dead letter.
type Letter struct {
	usersync.DeadLetter
	Seen int64
}

// Memory is a Store in memory.
type Memory struct {
	mu      sync.Mutex
	users   map[usersync.UserKey]*memoryUser
	claims  map[usersync.ClaimKey]usersync.Claim
	letters map[string]*memoryLetter
	refused map[string]bool // e-mail addresses
	damaged map[usersync.UserKey]bool
	waiting map[usersync.UserKey]*memoryHydration
	runs    []*memoryRun
	erased  map[usersync.UserKey]usersync.Micros
	outbox  map[string]*usersync.MessageState

	activity map[string]usersync.Activity
	notices  map[string]bool

	lastLetter int64 // the id of the last letter
}

type memoryUser struct {
	state usersync.State
	row   Row
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		users:   map[usersync.UserKey]*memoryUser{},
		claims:  map[usersync.ClaimKey]usersync.Claim{},
		letters: map[string]*memoryLetter{},
		refused: map[string]bool{},
		damaged: map[usersync.UserKey]bool{},
		waiting: map[usersync.UserKey]*memoryHydration{},
		erased:  map[usersync.UserKey]usersync.Micros{},
		outbox:  map[string]*usersync.MessageState{},

		activity: map[string]usersync.Activity{},
		notices:  map[string]bool{},
	}
}

// Update implements usersync.Store.
func (m *Memory) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	if lock.Turn != nil {
		if err := lock.Turn(ctx); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	known := usersync.Known{Users: make([]usersync.KnownUser, len(lock.Users)), Claimed: make([]bool, len(lock.Lookup))}
	for i, key := range lock.Users {
		known.Users[i].Locked = true
		_, known.Users[i].Erased = m.erased[key]
		if m.damaged[key] {
			known.Users[i].Unusable = errors.New("damaged by the test")
		} else if u := m.users[key]; u != nil {
			state := u.state
			known.Users[i].State = &state
		} else {
			known.Users[i].New = true
		}
	}
	for i, key := range lock.Lookup {
		_, known.Claimed[i] = m.claims[key]
	}
	known.Mentioned = make([]bool, len(lock.Mentioned))
	for i, key := range lock.Mentioned {
		_, known.Mentioned[i] = m.erased[key]
	}
	changes := decide(known)
	for _, row := range changes.Rows {
		if m.refused[row.View.Columns[usersync.FieldEmail].Str()] {
			return nil, &usersync.RefusedError{Code: "refused by the test"}
		}
	}
	if err := m.saveRun(changes.Run, lock.At); err != nil {
		return nil, err
	}
	for _, row := range changes.Rows {
		m.save(lock.Users[row.User], lock.At, row)
	}
	stood := make([]bool, len(changes.Claims))
	for i, c := range changes.Claims {
		if _, stood[i] = m.claims[c.ClaimKey]; !stood[i] {
			m.claims[c.ClaimKey] = c
		}
	}
	for _, ask := range changes.Asks {
		if ask.Claim < 0 || !stood[ask.Claim] {
			m.ask(lock.Users[ask.User], lock.At)
		}
	}
	for _, l := range changes.Letters {
		m.bury(l)
	}
	m.post(changes.Messages, lock.At)
	return stood, nil
}

func (m *Memory) save(key usersync.UserKey, at usersync.Micros, change usersync.RowChange) {
	u := m.users[key]
	if u == nil {
		u = &memoryUser{row: Row{CreatedAt: at}}
		m.users[key] = u
	}
	state, err := usersync.DecodeState(change.State, &change.View)
	if err != nil {
		panic(err) // the engine has encoded it
	}
	u.state = state
	if change.Visible {
		u.row.View, u.row.UpdatedAt = change.View, at
	}
}

func (m *Memory) bury(l usersync.DeadLetter) {
	l.Payload = bytes.Clone(l.Payload)
	headers, err := json.Marshal(l.Headers)
	if err != nil {
		panic(err) // a map of strings
	}
	told := string(headers)
	if l.Origin.Listed() {
		told = ""
	}
	key := l.Provider + "\n" + told + "\n" + string(l.Payload)
	seen := int64(1)
	if l.Retried {
		seen = 0
	}
	old := m.letters[key]
	if old == nil && l.Kept {
		return
	}
	if old == nil {
		m.lastLetter++
		m.letters[key] = &memoryLetter{id: m.lastLetter, firstSeen: l.ReceivedAt, Letter: Letter{l, seen}}
		return
	}
	old.Seen += seen
	old.EventID, old.UserID, old.Reason, old.Detail, old.DueAt = l.EventID, l.UserID, l.Reason, l.Detail, l.DueAt
	if !l.Retried {
		old.Headers, old.ReceivedAt = l.Headers, max(old.ReceivedAt, l.ReceivedAt)
	}
}

// Rows implements Inspector.
func (m *Memory) Rows() map[usersync.UserKey]Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := make(map[usersync.UserKey]Row, len(m.users))
	for key, u := range m.users {
		rows[key] = u.row
	}
	return rows
}

// Claims implements Inspector.
func (m *Memory) Claims() []usersync.Claim {
	m.mu.Lock()
	defer m.mu.Unlock()
	var claims []usersync.Claim
	for _, c := range m.claims {
		claims = append(claims, c)
	}
	return claims
}

// Letters implements Inspector.
func (m *Memory) Letters() []Letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	var letters []Letter
	for _, l := range m.letters {
		letters = append(letters, l.Letter)
	}
	return letters
}

// Refuse implements Inspector.
func (m *Memory) Refuse(email string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refused[email] = true
}

// Damage implements Inspector.
func (m *Memory) Damage(key usersync.UserKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.damaged[key] = true
}
