package main

import (
	"sync"

	usersync "usersync/sync"
)

// turns lets the lines about one user write one after the other, also where
// they name the user differently, and knows what they learned: it may not be in
// the table yet.
type turns struct {
	mu sync.Mutex
	of map[string]*turn // by the provider's id
}

type turn struct {
	sync.Mutex
	known heard
}

// take waits for the turn of a user. Unlock it in the end.
func (t *turns) take(id string) *turn {
	t.mu.Lock()
	if t.of == nil {
		t.of = map[string]*turn{}
	}
	mine := t.of[id]
	if mine == nil {
		mine = &turn{}
		t.of[id] = mine
	}
	t.mu.Unlock()
	mine.Lock()
	return mine
}

// learn takes in what a line has learned.
func (t *turn) learn(l learned) {
	for _, c := range append([]usersync.Command{l.answer}, l.ours...) {
		if c.UserID != "" {
			t.known.add(c)
		}
	}
}
