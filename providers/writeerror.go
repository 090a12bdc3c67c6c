package providers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	usersync "usersync/sync"
)

// ErrNoUser says that the provider has no such user.
var ErrNoUser = errors.New("the provider has no such user")

// RefusedError says that the provider does not take the data: 400, 409, 413, 414
// or 422.
type RefusedError struct {
	Code  int      // the status
	Word  string   // the provider's own code for the reason, if it gave one that may be shown
	About []string // columns that its answer speaks of
}

// Error implements error. It shows nothing of what was sent.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("the provider refuses the data (%d %s)", e.Code, http.StatusText(e.Code))
	if e.Word != "" {
		text += ": " + e.Word
	}
	if len(e.About) > 0 {
		text += ", about " + strings.Join(e.About, ", ")
	}
	return text
}

// Conflict reports whether another user has what must be unique.
func (e *RefusedError) Conflict() bool { return e.Code == http.StatusConflict }

// UnwritableError says that the provider cannot write a column. Nothing was
// sent.
type UnwritableError struct {
	Column string
	detail string
}

// Error implements error.
func (e *UnwritableError) Error() string { return e.detail }

// AmbiguousError says that several users have the e-mail. Nothing was written.
type AmbiguousError struct{ IDs []string }

// Error implements error.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d users have this e-mail: say which one by id or external_id", len(e.IDs))
}

// UnavailableError says that the provider could not be reached, or was not in
// order, for as long as was tried.
type UnavailableError struct {
	// Uncertain says that a user may have been created all the same.
	Uncertain bool
	Err       error
}

// Error implements error.
func (e *UnavailableError) Error() string {
	if e.Uncertain {
		return e.Err.Error() + ": the user may have been created all the same; look for it before trying again"
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// WrittenError says that the provider has made or changed the user, and that
// what had to follow failed.
type WrittenError struct {
	UserID string
	// User is what the provider answered to what it did, without a UserID if
	// that was not understood.
	User usersync.Command
	Err  error

	what string
}

// Error implements error.
func (e *WrittenError) Error() string { return e.What() + ": " + e.Err.Error() }

// What says what was done, and what was not.
func (e *WrittenError) What() string { return "the user was " + e.what }

// Unwrap gives the cause.
func (e *WrittenError) Unwrap() error { return e.Err }

// follows makes of an error what befell a user who had been written, unless it
// says that already.
func follows(err error, written usersync.Command, what string) error {
	var known *WrittenError
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &WrittenError{UserID: written.UserID, User: written, Err: err, what: what}
}

// typed gives the failure of a request its identity. known says that the
// request named a user, who may not be there.
func typed(err error, known bool) error {
	var status *statusError
	var passing *transientError
	var unavailable *UnavailableError
	var written *WrittenError
	switch {
	case errors.As(err, &written):
		written.Err = typed(written.Err, true)
		return err
	case errors.As(err, &unavailable):
		return err
	case errors.As(err, &passing):
		return &UnavailableError{Err: err}
	case !errors.As(err, &status):
		return err
	case known && status.gone():
		return ErrNoUser
	case slices.Contains([]int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnprocessableEntity}, status.code):
		refused := &RefusedError{Code: status.code, Word: status.says.word}
		for _, name := range status.says.about {
			if name == accessName {
				name = suspendedName
			}
			refused.About = append(refused.About, name)
		}
		return refused
	default:
		return err
	}
}
