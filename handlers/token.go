package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"usersync/internal/secret"
)

// guard admits those who know a token. The zero guard admits everybody.
type guard struct {
	closed bool
	sum    [sha256.Size]byte // of the token: sums are of one length, so a comparison tells nothing about it
}

func newGuard(token secret.Text) guard {
	if token.Empty() {
		return guard{}
	}
	return guard{closed: true, sum: sha256.Sum256([]byte(token.Reveal()))}
}

// admits reports whether the request shows the token, once: of two, another
// reader might take the other.
func (g guard) admits(r *http.Request) bool {
	if !g.closed {
		return true
	}
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	sum := sha256.Sum256([]byte(strings.TrimLeft(token, " ")))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(sum[:], g.sum[:]) == 1
}

// tokenMissing is the answer to who is not admitted, the same for a wrong token.
func tokenMissing(rec *record) answer {
	rec.reason = "token"
	a := unauthorized()
	a.challenge = "Bearer"
	return a
}

// noToken is the answer to everybody where no token is configured.
func noToken(rec *record) answer {
	rec.reason = "no_token"
	return answer{status: http.StatusForbidden, body: failure{"this needs a token: set admin.token in the configuration, restart, and send Authorization: Bearer"}}
}
