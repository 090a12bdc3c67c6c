package handlers

import (
	"errors"
	"net/http"
	"time"
)

// UserFault is why a call of the API for the app failed.
type UserFault uint8

// The faults. The zero value is our own trouble.
const (
	FaultStorage       UserFault = iota // our database is away, or took too long
	FaultProvider                       // no such provider is configured
	FaultIncapable                      // the provider has no such call, or no credentials for it
	FaultUser                           // the provider knows no such user
	FaultRefused                        // the provider does not take what was asked for
	FaultConflict                       // it stands against another user, or against a constraint of the table
	FaultProviderWrong                  // the provider answered with what another attempt will not mend
	FaultProviderAway                   // the provider is away, or limits the rate
	FaultHalf                           // the provider has written the user, and what had to follow failed

	numFaults
)

// faultStatus is the one table from faults to HTTP.
var faultStatus = [numFaults]struct {
	status int
	word   string // for the log
	advice string // behind the text of the answer
}{
	FaultStorage:       {http.StatusServiceUnavailable, "not_durable", ": ask again"},
	FaultProvider:      {http.StatusNotFound, "unknown_provider", ""},
	FaultIncapable:     {http.StatusNotImplemented, "incapable", ""},
	FaultUser:          {http.StatusNotFound, "unknown_user", ""},
	FaultRefused:       {http.StatusUnprocessableEntity, "refused", ""},
	FaultConflict:      {http.StatusConflict, "conflict", ""},
	FaultProviderWrong: {http.StatusBadGateway, "provider_wrong", ""},
	FaultProviderAway:  {http.StatusServiceUnavailable, "provider_away", ": ask again"},
	// A 4xx, because clients repeat what answers 5xx.
	FaultHalf: {http.StatusFailedDependency, "half_done", ": do not repeat the call, go on with the user of provider_user_id"},
}

// UserError is a fault with what there is to say about it.
type UserError struct {
	Fault UserFault
	// Text tells the app what is wrong and what to do next. It stands in the
	// answer and in the log: no secret, no user, nothing that was sent.
	Text string
	// After is how long to wait before another attempt, 0 if nobody said.
	After time.Duration
	// UserID is the provider's id of a user that was made, though the call
	// failed: the app needs it to go on.
	UserID string
	// Cause, if there is one, is for the log: it must not quote data.
	Cause error
}

// Error implements error.
func (e *UserError) Error() string {
	if e.Cause != nil {
		return e.Text + ": " + e.Cause.Error()
	}
	return e.Text
}

// Unwrap returns the cause.
func (e *UserError) Unwrap() error { return e.Cause }

// userFailure is the body of the answer to a call that failed.
type userFailure struct {
	failure
	UserID string `json:"provider_user_id,omitempty"`
}

// userAnswer is the answer to a call that failed.
func userAnswer(err error, rec *record) answer {
	var known *UserError
	if !errors.As(err, &known) {
		// The text may hold anything: it is for nobody.
		known = &UserError{Text: "something went wrong here"}
	}
	as := faultStatus[min(known.Fault, numFaults-1)]
	rec.reason, rec.detail = as.word, known.Error()
	return answer{status: as.status, after: known.After, body: userFailure{failure{known.Text + as.advice}, known.UserID}}
}

// malformed is the answer to what the app should send otherwise.
func malformed(rec *record, err error) answer {
	rec.reason = "malformed" // the error may name what was sent
	return answer{status: http.StatusBadRequest, body: failure{err.Error()}}
}
