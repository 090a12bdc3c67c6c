package providers

import (
	"context"
	"fmt"
	"time"

	usersync "usersync/sync"
)

// Fetcher reads single users from a provider. It may be used by several
// goroutines for as long as the program runs; Close it in the end.
type Fetcher struct {
	// Lag is how long a change may take to show in an answer.
	Lag time.Duration

	name    string
	source  userSource
	read    *itemReader
	waiting time.Duration // budget of one Fetch
	clock   func() time.Time
	finish  func()
}

// userSource is where single users come from.
type userSource interface {
	// user returns a user as strict JSON; found is false if the provider says
	// that there is none.
	user(ctx context.Context, id string, b *budget) (raw string, at seen, found bool, err error)
}

// LetterError is a fetched user that was not understood.
type LetterError struct{ Letter usersync.DeadLetter }

// Error implements error; it shows nothing of the profile.
func (e *LetterError) Error() string { return e.Letter.Reason + ": " + e.Letter.Detail }

// DeadLetter gives what has to be kept of it.
func (e *LetterError) DeadLetter() usersync.DeadLetter { return e.Letter }

// Fetch reads one user; found is false if the provider says that there is no
// such user. The error is a *LetterError if there is one that is not
// understood.
func (f *Fetcher) Fetch(ctx context.Context, userID string) (c usersync.Command, found bool, err error) {
	c, letter, found, err := f.fetch(ctx, userID, newBudget(f.waiting))
	if letter != nil {
		err = &LetterError{*letter}
	}
	if err != nil {
		return usersync.Command{}, false, fmt.Errorf("fetching a user of %s: %w", f.name, err)
	}
	return c, found, nil
}

// Close gives up the connections.
func (f *Fetcher) Close() { f.finish() }

func (f *Fetcher) fetch(ctx context.Context, id string, b *budget) (c usersync.Command, letter *usersync.DeadLetter, found bool, err error) {
	if id == "" || isDots(id) {
		now := usersync.MicrosOf(f.clock())
		letter := f.read.letter("{}", id, &problem{badUserID, "the user cannot be fetched: such an id cannot stand in an address"}, seenAt(now, now))
		return c, &letter, false, nil
	}
	raw, at, found, err := f.source.user(ctx, id, b)
	if err != nil || !found {
		return c, nil, false, err
	}
	if err := f.read.plausible(at); err != nil {
		return c, nil, false, err
	}
	letter = f.read.read(raw, at, &c)
	switch {
	case letter != nil && letter.UserID == "":
		letter.UserID = id
	case letter != nil && letter.UserID != id, letter == nil && c.UserID != id:
		return usersync.Command{}, nil, false, errOtherUser
	}
	return c, letter, true, nil
}
