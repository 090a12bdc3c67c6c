// Package spooltest is the law of usersync.Spool as a test suite that every
// implementation runs, with a spool in memory that serves as the plainest one.
package spooltest

import (
	"bytes"
	"context"
	"maps"
	"sync"

	usersync "usersync/sync"
)

// Memory is a Spool in memory.
type Memory struct {
	turn sync.Mutex // held by the drain that is at work
	mu   sync.Mutex
	room int64
	used int64
	kept []*usersync.Verified
}

var _ usersync.Spool = (*Memory)(nil)

// NewMemory returns an empty spool with room for so many bytes of bodies, or
// without a limit if room is 0.
func NewMemory(room int64) *Memory { return &Memory{room: room} }

// Append implements usersync.Spool.
func (m *Memory) Append(ctx context.Context, v *usersync.Verified) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.room > 0 && m.used+int64(len(v.Body)) > m.room {
		return usersync.ErrSpoolFull
	}
	m.used += int64(len(v.Body))
	kept := clone(*v)
	m.kept = append(m.kept, &kept)
	return nil
}

// Drain implements usersync.Spool.
func (m *Memory) Drain(ctx context.Context, limit int, apply func(context.Context, []usersync.Verified) ([]bool, error)) (int, error) {
	m.turn.Lock()
	defer m.turn.Unlock()
	m.mu.Lock()
	todo := append([]*usersync.Verified(nil), m.kept...)
	m.mu.Unlock()
	left := len(todo)
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return left, err
		}
		now := todo[:min(limit, len(todo))]
		todo = todo[len(now):]
		batch := make([]usersync.Verified, len(now))
		for i, v := range now {
			batch[i] = clone(*v)
		}
		done, err := apply(ctx, batch)
		left -= m.remove(now, done)
		if err != nil {
			return left, err
		}
	}
	return left, nil
}

// Kept returns how many requests it keeps.
func (m *Memory) Kept() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.kept)
}

// remove drops what is done and returns how many that are.
func (m *Memory) remove(batch []*usersync.Verified, done []bool) int {
	gone := map[*usersync.Verified]bool{}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, v := range batch {
		if i < len(done) && done[i] {
			gone[v] = true
			m.used -= int64(len(v.Body))
		}
	}
	var kept []*usersync.Verified
	for _, v := range m.kept {
		if !gone[v] {
			kept = append(kept, v)
		}
	}
	m.kept = kept
	return len(gone)
}

func clone(v usersync.Verified) usersync.Verified {
	v.Headers, v.Body = maps.Clone(v.Headers), bytes.Clone(v.Body)
	return v
}
