package main

import (
	"errors"
	"fmt"
	"net/http"

	"usersync/providers"
)

// blame is whose a failure is.
type blame uint8

const (
	blameRun     blame = iota // every other line would meet it too
	blameLine                 // this line's alone
	blameOdd                  // this line's, unless the next ones meet it too
	blamePassing              // perhaps the provider's as a whole: the next lines will tell
)

var (
	errNoSuchID    = errors.New("the provider has no user with this id: ids are the provider's own, leave it out to create a user")
	errOtherUser   = errors.New("id and external_id are those of two users")
	errManyHere    = errors.New("several users of the table have this e-mail: say which one by id")
	errNothingToDo = errors.New("it says nothing that could be written")
	errDeletedUser = errors.New("the provider has deleted this user: restore the user there, or leave the line out")
	errWhoseEmail  = errors.New("nobody has this external_id, and whoever has this e-mail may have another: give the id to set external_id there, or leave external_id out")
)

// blameOf returns whose an error is.
func blameOf(err error) blame {
	var (
		refused     *providers.RefusedError
		unwritable  *providers.UnwritableError
		ambiguous   *providers.AmbiguousError
		unreadable  *providers.LetterError
		written     *providers.WrittenError
		unavailable *providers.UnavailableError
	)
	switch {
	case errors.As(err, &written):
		return blameLine // the user's row is written, and the next push finds what is missing
	case errors.As(err, &unavailable):
		return blamePassing
	case errors.Is(err, errNoSuchID), errors.Is(err, errOtherUser), errors.Is(err, errManyHere), errors.Is(err, errNothingToDo),
		errors.Is(err, errDeletedUser), errors.Is(err, errWhoseEmail), errors.Is(err, providers.ErrNoUser), providers.OneUser(err),
		errors.As(err, &refused), errors.As(err, &unwritable), errors.As(err, &ambiguous), errors.As(err, &unreadable):
		return blameLine
	}
	switch providers.StatusOf(err) {
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		return blameOdd // some providers have users that nobody may touch
	default:
		return blameRun
	}
}

// explained adds to a failure what to do about it.
func explained(err error) error {
	var refused *providers.RefusedError
	if errors.As(err, &refused) && refused.Conflict() {
		return fmt.Errorf("%w: another user has what must be unique; if it is this one, give its id", err)
	}
	return err
}
