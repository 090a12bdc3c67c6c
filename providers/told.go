package providers

import (
	"errors"
	"fmt"
	"time"
)

// toldError is an error whose text may be shown to whoever asked: it names no
// user and quotes no answer.
type toldError struct {
	text    string
	oneUser bool // other users may do well
	passing bool // another attempt may succeed
}

func (e toldError) Error() string { return e.text }

var (
	errOtherUser = toldError{text: "the provider answered with another user than was asked for", oneUser: true}
	errSeveral   = toldError{text: "the provider shows several users with one external id", oneUser: true}
	errTooMany   = toldError{text: "the search finds too many users: look by external_id or id", oneUser: true}
	errOwnRate   = toldError{text: "our own api.rate_limit did not let the call through in time", passing: true}
)

// noAnswerWithin says that the provider took longer than api.timeout.
func noAnswerWithin(timeout time.Duration) error {
	return toldError{text: fmt.Sprintf("no complete answer within %s", timeout), passing: true}
}

// OneUser reports whether a call failed for what the provider shows of one user:
// calls about others may do well.
func OneUser(err error) bool {
	var told toldError
	return errors.As(err, &told) && told.oneUser
}

// StatusOf is the status of an answer that was no success, 0 if there was none.
func StatusOf(err error) int {
	var status *statusError
	if !errors.As(err, &status) {
		return 0
	}
	return status.code
}
