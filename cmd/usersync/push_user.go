package main

import (
	"context"
	"errors"
	"fmt"

	"usersync/providers"
	usersync "usersync/sync"
)

// userWriter is what a push writes users with; providers.Writer is one.
type userWriter interface {
	Find(ctx context.Context, u providers.UserWrite) (usersync.Command, bool, error)
	Create(ctx context.Context, u providers.UserWrite) (usersync.Command, error)
	Update(ctx context.Context, u providers.UserWrite) (usersync.Command, error)
	Finds(by string) bool
	Writable(u providers.UserWrite) error
}

var (
	errNoSuchID    = errors.New("the provider has no user with this id: ids are the provider's own, leave it out to create a user")
	errOtherUser   = errors.New("id and external_id are those of two users")
	errManyHere    = errors.New("several users of the table have this e-mail: say which one by id")
	errNothingToDo = errors.New("it says nothing that could be written")
)

// pushOne makes a user as the line says, and returns the provider's answer.
// hint is the id that an earlier line about the same user found, or "".
func (j *pushJob) pushOne(ctx context.Context, line pushLine, hint string) (result string, c usersync.Command, err error) {
	want := line.user
	have, found, err := j.find(ctx, &want, hint)
	if err != nil {
		return "", c, err
	}
	if !found {
		if want.Empty() {
			return "", c, errNothingToDo
		}
		if j.dryRun {
			return resultCreated, c, j.users.Writable(want)
		}
		c, err = j.users.Create(ctx, want)
		return resultCreated, c, err
	}
	want.ID = have.UserID
	changes := want.Changes(have)
	switch {
	case changes.Empty():
		return resultUnchanged, have, nil
	case j.dryRun:
		return resultUpdated, have, j.users.Writable(changes)
	}
	c, err = j.users.Update(ctx, changes)
	return resultUpdated, c, err
}

// find looks the user up: by external_id, id, what an earlier line found, and
// e-mail. An external id by which the user was found is right, and is taken out
// of want.
func (j *pushJob) find(ctx context.Context, want *providers.UserWrite, hint string) (have usersync.Command, found bool, err error) {
	if want.ExternalID != "" && j.users.Finds("external_id") {
		have, found, err = j.users.Find(ctx, providers.UserWrite{ExternalID: want.ExternalID})
		switch {
		case err != nil:
			return have, false, err
		case found && want.ID != "" && want.ID != have.UserID:
			return have, false, errOtherUser
		case found:
			want.ExternalID = ""
			return have, true, nil
		}
	}
	if want.ID != "" {
		have, found, err = j.users.Find(ctx, providers.UserWrite{ID: want.ID})
		if err == nil && !found {
			err = errNoSuchID
		}
		return have, found, err
	}
	email := want.Fields[usersync.FieldEmail]
	if email.Str() == "" {
		return have, false, nil
	}
	if j.users.Finds("email") {
		byEmail := providers.UserWrite{}
		byEmail.Fields[usersync.FieldEmail] = email
		return j.users.Find(ctx, byEmail)
	}
	return j.findHere(ctx, email.Str(), hint)
}

// findHere asks the table who has an e-mail, where the provider does not tell.
// Whether that is still so the provider says.
func (j *pushJob) findHere(ctx context.Context, email, hint string) (have usersync.Command, found bool, err error) {
	ids := []string{hint}
	if hint == "" {
		if ids, err = j.byEmail(ctx, email); err != nil {
			return have, false, stopError{err}
		}
	}
	switch len(ids) {
	case 0:
		return have, false, nil
	case 1:
		return j.users.Find(ctx, providers.UserWrite{ID: ids[0]})
	default:
		return have, false, errManyHere
	}
}

// stopError is an error that ends the run: every other line would meet it too.
type stopError struct{ error }

func (e stopError) Unwrap() error { return e.error }

// lineError returns whether an error is about this line alone. passing says
// that it may be about the provider as a whole: whether the next lines meet it
// too will tell.
func lineError(err error) (alone, passing bool) {
	var (
		refused     *providers.RefusedError
		unwritable  *providers.UnwritableError
		ambiguous   *providers.AmbiguousError
		unreadable  *providers.LetterError
		unavailable *providers.UnavailableError
	)
	switch {
	case errors.As(err, &unavailable):
		return false, true
	case errors.Is(err, errNoSuchID), errors.Is(err, errOtherUser), errors.Is(err, errManyHere), errors.Is(err, errNothingToDo),
		errors.Is(err, providers.ErrNoUser),
		errors.As(err, &refused), errors.As(err, &unwritable), errors.As(err, &ambiguous), errors.As(err, &unreadable):
		return true, false
	}
	return false, false
}

// explained adds to a failure what to do about it.
func explained(err error) error {
	var refused *providers.RefusedError
	if errors.As(err, &refused) && refused.Conflict() {
		return fmt.Errorf("%w: another user has what must be unique; if it is this one, give its id", err)
	}
	return err
}
