package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	usersync "usersync/sync"
)

// earlier is the first of two times of which 0 is none.
func earlier(a, b usersync.Micros) usersync.Micros {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// Census implements usersync.Surveyor.
func (m *Memory) Census(ctx context.Context, at usersync.Micros) (*usersync.Census, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	letters := map[string]usersync.LettersWaiting{}
	for _, l := range m.letters {
		w := letters[l.Provider]
		w.Provider, w.Count, w.Latest = l.Provider, w.Count+1, max(w.Latest, l.ReceivedAt)
		if l.DueAt != 0 {
			w.Due++
		} else if l.ReceivedAt >= at-24*3600_000_000 {
			w.Recent++
		}
		letters[l.Provider] = w
	}
	hydrations := map[string]usersync.HydrationsWaiting{}
	for key, h := range m.waiting {
		w := hydrations[key.Provider]
		hydrations[key.Provider] = usersync.HydrationsWaiting{Provider: key.Provider, Count: w.Count + 1, Oldest: earlier(w.Oldest, h.due)}
	}
	messages := map[string]usersync.MessagesWaiting{}
	for _, p := range m.outbox {
		if p.Outcome == usersync.MessageWaits {
			w := messages[p.Action]
			messages[p.Action] = usersync.MessagesWaiting{Action: p.Action, Count: w.Count + 1, Oldest: earlier(w.Oldest, p.ReceivedAt)}
		}
	}
	type place struct {
		key  usersync.RunKey
		read bool // its list to the end
	}
	last := map[place]usersync.RunRecord{}
	for _, r := range m.runs { // the oldest first
		if k := r.key; k.Provider != "" && slices.Contains([]usersync.RunKind{usersync.RunBackfill, usersync.RunPlan, usersync.RunReconcile}, k.Kind) {
			key, record := usersync.RunKey{Kind: k.Kind, Provider: k.Provider}, r.record()
			last[place{key, false}] = record
			if record.Outcome == usersync.RunComplete || record.Outcome == usersync.RunHeld {
				last[place{key, true}] = record
			}
		}
	}
	runs := map[int64]usersync.RunRecord{}
	for _, r := range last {
		runs[r.ID] = r
	}
	return &usersync.Census{
		Letters: sorted(letters, func(l usersync.LettersWaiting) string { return l.Provider }), Hydrations: sorted(hydrations, func(h usersync.HydrationsWaiting) string { return h.Provider }),
		Messages: sorted(messages, func(m usersync.MessagesWaiting) string { return m.Action }), Runs: sorted(runs, func(r usersync.RunRecord) string { return fmt.Sprintf("%s\n%s\n%20d", r.Provider, r.Kind, r.ID) }),
	}, ctx.Err()
}

// sorted lists the values of a map.
func sorted[K comparable, V any](values map[K]V, by func(V) string) (list []V) {
	for _, v := range values {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b V) int { return cmp.Compare(by(a), by(b)) })
	return list
}
