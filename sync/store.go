package usersync

import (
	"context"
	"errors"
)

// Store keeps users, claims, dead letters and messages. Its law is the suite in
// internal/storetest, which every implementation runs.
type Store interface {
	// Update runs one transaction. It locks the rows of lock.Users, creating
	// those that are missing, reads them, calls decide with what it found,
	// and commits what decide returns, all or nothing. decide may be called
	// again if the transaction has to be repeated. The result says of each
	// of the changes' claims whether it stood already.
	//
	// The error is a *RefusedError if the data itself was refused; any other
	// means that the outcome is not durable or unknown.
	Update(ctx context.Context, lock Lock, decide func(Known) Changes) (stood []bool, err error)
}

// RefusedError says that the database did not take the data of some member of
// the transaction, while it may take the others': a constraint or a trigger of
// the app's, a text too long.
type RefusedError struct {
	Code string // the database's own error code
	// Constraint is what was violated, as "unique index users_email_key", if the
	// database says so. It is a name and no data.
	Constraint string
	// Passing says that it may be the app's fault and not the data's (a broken
	// trigger, a missing grant): the member is to be tried again.
	Passing bool
	// Suspects are the users, as indices in Lock.Users, whom the database seems to mean;
	// nil if it does not say. It is a hint: it may be wrong, and others may be refused too.
	Suspects []int
	Err      error
}

// Error implements error. It holds no data: databases quote the row.
func (e *RefusedError) Error() string {
	if e.Constraint != "" {
		return "the database refused the data (" + e.Code + ", " + e.Constraint + ")"
	}
	return "the database refused the data (" + e.Code + ")"
}

// hint says where to look for what refused the data.
func (e *RefusedError) hint() string {
	if e.Constraint != "" {
		return "look at it and at the rows that it compares with, then retry the event"
	}
	return "look for a constraint or trigger on the users table, then retry the event"
}

// Unwrap gives the driver's error. It may quote data: never print it.
func (e *RefusedError) Unwrap() error { return e.Err }

// ErrNotDurable is returned where a delivery could not be made durable, or
// where nobody can say whether it was.
var ErrNotDurable = errors.New("not durable")

// Lock names the rows that a transaction needs.
type Lock struct {
	At     Micros     // the rows' own time, for created_at and updated_at
	Users  []UserKey  // sorted by ID, without repetition
	IDs    []UUID     // theirs
	Lookup []ClaimKey // claims to look up behind the row locks, all with the time 0
	// Mentioned are users of whom only a dead letter or a message tells: nothing of
	// them is locked.
	Mentioned []UserKey
	Look      bool // nothing will be written: no row has to be locked or made
	// Unseen says that most likely none of the users has a row, and that the
	// changes will make one for each: a store may take them to be new without
	// looking, and look if that turns out to be wrong.
	Unseen bool
	// Turn, if not nil, waits until something may be written, and at most until
	// ctx ends. Its error ends the transaction; once it was nil it is not called
	// again. A store may lock and decide before, but must not keep rows from
	// those in front of it for long: they may have to repeat their transaction.
	Turn func(ctx context.Context) error
	// Waited, if not nil, is told each time that somebody else's lock was not let go in
	// time. That nobody waits for the users' own rows does not count.
	Waited func()
}

// ClaimKey is by what an event about a user is known.
type ClaimKey struct {
	OccurredAt Micros // 0 if a retry of the event may carry another time
	EventID    string
	UserKey
}

// Claim records an event that was applied or found stale.
type Claim struct {
	ClaimKey
	Kind       Kind
	ReceivedAt Micros
	Outcome    Outcome
	Origin     Origin
	// MayStand says that the merge learned nothing from the event, so perhaps it was seen
	// before. It is a hint, which is not stored: any claim may stand.
	MayStand bool
}

// Known is what a transaction found, in the order of its Lock.
type Known struct {
	Users     []KnownUser
	Claimed   []bool // of each looked-up claim: whether it stands
	Mentioned []bool // of each mentioned user: whether they were erased; nil: none of them
}

// made lists the rows that this transaction made.
func (k Known) made() (users []int) {
	for i, u := range k.Users {
		if u.New {
			users = append(users, i)
		}
	}
	return users
}

// KnownUser is one row.
type KnownUser struct {
	State  *State // of a row that was there and could be read
	New    bool   // the row was made by this transaction
	Locked bool   // false if somebody else holds the row: try again soon
	// Erased says that the user was, before this transaction or while it waited:
	// nothing of them is kept. The others are nobody's in particular then.
	Erased bool
	// Unusable, if not nil, says why the row can be neither read nor made
	// (damaged state, an index of the app's): its events become dead letters.
	Unusable error
}

// Changes is what a transaction writes.
type Changes struct {
	Rows    []RowChange
	Unmade  []int // indices of new rows that nothing was known for: not kept
	Claims  []Claim
	Letters []DeadLetter
	// Messages wait to be sent from now on; one whose id is known already, waiting or
	// settled, changes nothing.
	Messages []Message
	Asks     []Ask // users to enter for hydration
	Run      *Run  // how far a backfill is with this, or nil
}

// RowChange is one row to write.
type RowChange struct {
	User     int    // index in Lock.Users
	State    []byte // what EncodeState makes of it
	View     View
	Visible  bool // the view differs from what was found; else only the state is written
	Metadata bool // the metadata differ, and View holds the whole document
}
