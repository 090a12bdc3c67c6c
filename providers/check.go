package providers

import (
	"net/http"
	"time"
)

// check is one element of verify: a scheme, and which key of the settings
// holds its credentials.
type check struct {
	credential string // "secrets" or "bearer"
	scheme     scheme
	legacy     []hmacScheme // accepted as well if the operator says so
}

// scheme is one way to prove a request, and the inverse.
type scheme interface {
	// verify proves the request against any of the keys.
	verify(r Request, keys []key) (Proof, *Rejection)
	// sign adds what verify looks for.
	sign(header http.Header, body []byte, at time.Time, k key)
	// credentials names the headers that hold a secret, or what was made with one.
	credentials() []string
}

// signsTime reports whether the check covers a timestamp.
func (c check) signsTime() bool {
	h, ok := c.scheme.(hmacScheme)
	return ok && h.timestamp != nil
}

// run verifies by the scheme, then by its legacy forms. The rejection is the
// scheme's own, which is what the operator's documentation speaks of; where a
// legacy form was there but wrong, it is that form's.
func (c check) run(r Request, keys []key, legacy bool) (Proof, *Rejection) {
	proof, rejection := c.scheme.verify(r, keys)
	if rejection == nil || !legacy {
		return proof, rejection
	}
	for _, older := range c.legacy {
		proof, other := older.verify(r, keys)
		switch {
		case other == nil:
			return proof, nil
		case rejection.Reason == ReasonMissing || rejection.Reason == ReasonMalformed && other.Reason != ReasonMissing:
			rejection = other
		}
	}
	return Proof{}, rejection
}

// single returns the one value of the first of several headers that is there.
// A credential that stands there twice, under one name or two, is refused: two
// readers may believe different ones.
func single(header http.Header, names ...string) (string, *Rejection) {
	value, count := "", 0
	for _, name := range names {
		if values := header.Values(name); len(values) > 0 {
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
