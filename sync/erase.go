package usersync

import "context"

// Eraser removes what is kept of a user, for good. Its law is in
// internal/storetest.
type Eraser interface {
	// Erase makes sure that nothing said about the user is kept from now on, by
	// whomever and however late, and then removes what is there. Nobody who
	// writes meanwhile brings the user back. After an error a part may be
	// removed already: to erase again does the rest.
	Erase(ctx context.Context, key UserKey, at Micros) (Erased, error)
}

// Erased says what an erasure removed.
type Erased struct {
	Before Micros    // when the user was erased before, 0 if never
	Row    ErasedRow // what became of the row
	// Holders are the foreign keys of the app's that refer to the row: why it was
	// blanked. None of them: a trigger kept it.
	Holders []RowHolder
	// KeepsID says that the blanked row still has the provider's id of the user,
	// because a foreign key of the app's refers to it.
	KeepsID  bool
	Events   int64 // processed events
	Letters  int64 // dead letters that named the user
	Mentions int64 // dead letters that named nobody, and have the user's id in their payload
	// Messages that were about the user and not taken yet, and those that named nobody and
	// had the user's id in their body.
	Messages, MessageMentions int64
	Hydrations                int64 // whether the user waited to be fetched
}

// Nothing reports whether nothing was there to remove.
func (e *Erased) Nothing() bool {
	return e.Row == RowAbsent && e.Events+e.Letters+e.Mentions+e.Messages+e.MessageMentions+e.Hydrations == 0
}

// RowHolder is a foreign key of the app's.
type RowHolder struct {
	Table string
	Key   string // its name or, where the database does not tell it, its columns
	// Unread says that the table may not be read: it is taken to refer to the row.
	Unread bool
}

// ErasedRow is what became of the row of an erased user.
type ErasedRow string

// What became of it. A blanked row has its id and times and nothing else: the
// app refers to it.
const (
	RowAbsent  ErasedRow = "absent"
	RowDeleted ErasedRow = "deleted"
	RowBlanked ErasedRow = "blanked"
)
