package handlers

import (
	"net/http"
	"strings"

	"usersync/internal/secret"
)

// guard admits those who know a token. The zero guard admits everybody.
type guard struct {
	closed bool
	token  secret.Text
}

func newGuard(token secret.Text) guard {
	return guard{closed: !token.Empty(), token: token}
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
	return strings.EqualFold(scheme, "Bearer") && g.token.Is(strings.TrimLeft(token, " "))
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
