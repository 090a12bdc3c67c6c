package usersync

import "context"

// StoredLetter is a dead letter as it is kept. ReceivedAt is when it was
// delivered last.
type StoredLetter struct {
	DeadLetter
	ID        int64
	FirstSeen Micros
	Seen      int64 // deliveries; 0 if it only ever came as a part of another letter
}

// LetterScope says which dead letters are meant: those to which all of it
// applies. Zero values say nothing.
type LetterScope struct {
	IDs      []int64
	Provider string
	Reason   string
	UserID   string
	Since    Micros // delivered then or later
}

// Empty reports whether all letters are meant.
func (s *LetterScope) Empty() bool {
	return len(s.IDs) == 0 && s.Provider == "" && s.Reason == "" && s.UserID == "" && s.Since == 0
}

// LettersBytes is how much payload letters that are read together hold at most,
// unless a single one holds more: each may be as large as a request.
const LettersBytes = 4 << 20

// Letters are the dead letters that wait to be tried again. Store.Update stores
// them. Its law is in internal/storetest.
type Letters interface {
	// LetterPage returns letters of the scope, the newest id first and at most
	// limit: those with an id below the given one, or all for 0. It also ends at
	// LettersBytes, so fewer than limit, but for none, do not mean that these are the last.
	LetterPage(ctx context.Context, scope LetterScope, below int64, limit int) ([]StoredLetter, error)
	// BorrowDue lends at most limit, and LettersBytes, of these providers' letters that are due at the
	// instant `at`, the longest due first, to nobody else until the instant `until`,
	// when they are due again: so whoever dies in between gives them back. next is
	// when the first of theirs is due then; 0: none has a time.
	BorrowDue(ctx context.Context, providers []string, at, until Micros, limit int) (lent []StoredLetter, next Micros, err error)
	// RemoveLetters deletes letters, but none that was delivered again since it
	// was read. gone says of each whether it is there no more.
	RemoveLetters(ctx context.Context, letters []StoredLetter) (gone []bool, err error)
}
