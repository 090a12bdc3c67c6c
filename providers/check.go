package providers

import (
	"net/http"
	"slices"
	"time"
)

// check is one element of verify, or one alternative of an element `any`: a
// scheme, and which key of the settings holds its credentials.
type check struct {
	element    int    // the number of the element that it belongs to
	credential string // "secrets" or "bearer"
	scheme     scheme
	legacy     []hmacScheme // accepted as well if the operator says so
}

// scheme is one way to prove a request, and the inverse.
type scheme interface {
	// readKey reads a credential as the operator writes it.
	readKey(written string) ([]key, error)
	// verify proves the request against any of the keys. The error is a
	// *Rejection, or says why nobody can tell now.
	verify(r Request, keys []key) (Proof, error)
	// sign adds what verify looks for, made with the first key that can sign.
	sign(header http.Header, body []byte, at time.Time, keys []key) error
	// credentials names the headers that hold a secret, or what was made with one.
	credentials() []string
}

// stamp returns where the timestamp stands that the check covers, or nil.
func (c check) stamp() *timestamp {
	switch s := c.scheme.(type) {
	case hmacScheme:
		return s.timestamp
	case webhookScheme:
		return s.stamp
	default:
		return nil
	}
}

// signsTime reports whether the check covers a timestamp.
func (c check) signsTime() bool { return c.stamp() != nil }

// tolerating returns the check with another tolerance of its timestamp, and of
// those of its legacy forms.
func (c check) tolerating(tolerance time.Duration) check {
	c.legacy = slices.Clone(c.legacy)
	for i, older := range c.legacy {
		if older.timestamp != nil {
			stamp := *older.timestamp
			stamp.tolerance = tolerance
			c.legacy[i].timestamp = &stamp
		}
	}
	if !c.signsTime() {
		return c
	}
	stamp := *c.stamp()
	stamp.tolerance = tolerance
	switch s := c.scheme.(type) {
	case hmacScheme:
		s.timestamp = &stamp
		c.scheme = s
	case webhookScheme:
		s.stamp = &stamp
		c.scheme = s
	}
	return c
}

// run verifies by the scheme, then by its legacy forms. The rejection is the
// scheme's own, which is what the operator's documentation speaks of; where a
// legacy form was there but wrong, it is that form's.
func (c check) run(r Request, keys []key, legacy bool) (Proof, error) {
	proof, err := c.scheme.verify(r, keys)
	if err == nil || !legacy {
		return proof, err
	}
	for _, older := range c.legacy {
		proof, other := older.verify(r, keys)
		if other == nil {
			return proof, nil
		}
		if reason := reasonOf(err); reason == ReasonMissing || reason == ReasonMalformed && reasonOf(other) != ReasonMissing {
			err = other
		}
	}
	return Proof{}, err
}

// single returns the one value of the first of several headers that is there, by
// their canonical names.
// A credential that stands there twice, under one name or two, is refused: two
// readers may believe different ones.
func single(header http.Header, names ...string) (string, *Rejection) {
	value, count := "", 0
	for _, name := range names {
		if values := header[name]; len(values) > 0 {
			value = values[0]
			count += len(values)
		}
	}
	switch count {
	case 0:
		return "", &Rejection{ReasonMissing, "no header " + names[0]}
	case 1:
		return value, nil
	default:
		return "", &Rejection{ReasonDoubled, "header " + names[0] + " stands there more than once"}
	}
}
