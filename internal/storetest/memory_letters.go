package storetest

import (
	"cmp"
	"context"
	"slices"

	usersync "usersync/sync"
)

type memoryLetter struct {
	Letter
	id        int64
	firstSeen usersync.Micros
}

func (l *memoryLetter) stored() usersync.StoredLetter {
	return usersync.StoredLetter{DeadLetter: l.DeadLetter, ID: l.id, FirstSeen: l.firstSeen, Seen: l.Seen}
}

// byID returns the letters that are wanted, the oldest first; the caller holds
// the lock.
func (m *Memory) byID(wanted func(*memoryLetter) bool) (found []*memoryLetter) {
	for _, l := range m.letters {
		if wanted(l) {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b *memoryLetter) int { return cmp.Compare(a.id, b.id) })
	return found
}

// LetterPage implements usersync.Letters.
func (m *Memory) LetterPage(ctx context.Context, scope usersync.LetterScope, below int64, limit int) (page []usersync.StoredLetter, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.byID(func(l *memoryLetter) bool {
		return (below == 0 || l.id < below) && (len(scope.IDs) == 0 || slices.Contains(scope.IDs, l.id)) &&
			(scope.Provider == "" || scope.Provider == l.Provider) && (scope.Reason == "" || scope.Reason == l.Reason) &&
			(scope.UserID == "" || scope.UserID == l.UserID) && (scope.Since == 0 || l.ReceivedAt >= scope.Since)
	})
	slices.Reverse(found)
	bytes := 0
	for _, l := range found[:min(limit, len(found))] {
		if bytes += len(l.Payload); len(page) > 0 && bytes > usersync.LettersBytes {
			break
		}
		page = append(page, l.stored())
	}
	return page, ctx.Err()
}

// BorrowDue implements usersync.Letters.
func (m *Memory) BorrowDue(ctx context.Context, providers []string, at, until usersync.Micros, limit int) (lent []usersync.StoredLetter, next usersync.Micros, err error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	timed := m.byID(func(l *memoryLetter) bool { return l.DueAt != 0 && slices.Contains(providers, l.Provider) })
	slices.SortStableFunc(timed, func(a, b *memoryLetter) int { return cmp.Compare(a.DueAt, b.DueAt) })
	bytes := 0
	for _, l := range timed {
		if l.DueAt <= at {
			bytes += len(l.Payload) // of those before it too
		}
		if l.DueAt <= at && len(lent) < limit && (len(lent) == 0 || bytes <= usersync.LettersBytes) {
			l.DueAt = until
			lent = append(lent, l.stored())
		}
		if next == 0 || l.DueAt < next {
			next = l.DueAt
		}
	}
	return lent, next, nil
}

// RemoveLetters implements usersync.Letters.
func (m *Memory) RemoveLetters(ctx context.Context, letters []usersync.StoredLetter) (gone []bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, read := range letters {
		gone = append(gone, true)
		for key, l := range m.letters {
			switch {
			case l.id != read.ID:
			case l.Seen == read.Seen && l.firstSeen == read.FirstSeen:
				delete(m.letters, key)
			default:
				gone[len(gone)-1] = false
			}
		}
	}
	return gone, nil
}
