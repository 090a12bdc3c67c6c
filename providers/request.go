package providers

import (
	"net/http"
	"time"

	usersync "usersync/sync"
)

// Request is one delivery as it arrived. Header must have canonical keys, as
// net/http makes them. Body is kept by what Decode returns: do not change it
// afterwards. ReceivedAt is our clock; for a dead letter that is tried again,
// the time of the new attempt.
type Request struct {
	Header     http.Header
	Body       []byte
	ReceivedAt time.Time
	Origin     usersync.Origin
}

// Proof is what verification established, beyond the body itself.
type Proof struct {
	// Timestamp is the text of the signed timestamp, "" if nothing signed one.
	Timestamp string
	// ID is the signed id of the message, "" if nothing signed one.
	ID string
	// Headers says that the sender itself was authenticated, so that its
	// headers may be believed. A signature over the body proves none of them.
	Headers bool
	// Fingerprint names the secret that matched, for the log; see secret.Text.
	Fingerprint string
}

// Rejection is why a request was not accepted.
type Rejection struct {
	// Reason is a short fixed word, fit for a metric label.
	Reason string
	// Detail is for the log: never a secret, never a signature.
	Detail string
}

// The reasons for a rejection.
const (
	ReasonMissing         = "missing"          // a credential header is not there
	ReasonMalformed       = "malformed"        // it cannot be read
	ReasonDoubled         = "doubled"          // it is there more than once
	ReasonMismatch        = "mismatch"         // it fits none of the secrets
	ReasonTooOld          = "too_old"          // the signed timestamp is older than the tolerance
	ReasonTooNew          = "too_new"          // it is further ahead than the tolerance
	ReasonUnsignedHeaders = "unsigned_headers" // the event stands in headers that nothing proves
)

// Error implements error.
func (r *Rejection) Error() string { return r.Reason + ": " + r.Detail }
