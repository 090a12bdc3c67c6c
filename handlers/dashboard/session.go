package dashboard

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"time"

	"usersync/internal/secret"
)

// sessionCookie holds a session, for sessionLength.
const (
	sessionCookie = "usersync_session"
	sessionLength = 12 * time.Hour
)

// sessions tells who is signed in from the cookie alone: when the session ends, and a
// proof of that by a key from the token. So it is valid at every replica and after a
// restart, and void once the token is another.
type sessions struct{ key []byte }

// newSessions derives the key. It is not the token itself: what is signed here proves
// nothing elsewhere.
func newSessions(token secret.Text) sessions {
	key, err := hkdf.Key(sha256.New, []byte(token.Reveal()), nil, "usersync dashboard session", sha256.Size)
	if err != nil {
		panic(err) // only for a key that is too long, and its length is ours
	}
	return sessions{key: key}
}

// The parts of a session: the second that it ends, and the proof.
const (
	endBytes     = 8
	sessionBytes = endBytes + sha256.Size
)

// proof extends a session's end by what proves it.
func (s sessions) proof(end []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(end)
	return mac.Sum(end[:endBytes:endBytes])
}

// begin makes the cookie of a session that begins now.
func (s sessions) begin(r *http.Request, now time.Time) *http.Cookie {
	end := binary.BigEndian.AppendUint64(nil, uint64(now.Add(sessionLength).Unix()))
	return cookie(r, sessionCookie, base64.RawURLEncoding.EncodeToString(s.proof(end)), sessionLength, http.SameSiteStrictMode)
}

// valid reports whether the request shows a session that has not ended. It may show
// others beside it: a cookie does not know ports, so any program on the same host may have
// set one of this name, for a longer path and out of reach of ours. That proves nothing,
// and shall keep nobody out.
func (s sessions) valid(r *http.Request, now time.Time) bool {
	return slices.ContainsFunc(r.CookiesNamed(sessionCookie), func(c *http.Cookie) bool { return s.proven(c.Value, now) })
}

func (s sessions) proven(value string, now time.Time) bool {
	session, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || len(session) != sessionBytes {
		return false
	}
	if !hmac.Equal(session, s.proof(session[:endBytes])) {
		return false
	}
	left := time.Unix(int64(binary.BigEndian.Uint64(session)), 0).Sub(now)
	return left > 0 && left <= sessionLength
}

// cookie makes a cookie that no script reads. A length of 0 takes it back.
func cookie(r *http.Request, name, value string, length time.Duration, site http.SameSite) *http.Cookie {
	age := int(length / time.Second)
	if age == 0 {
		age = -1
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: site, Secure: encrypted(r),
	}
}

// encrypted reports whether the browser speaks TLS, to us or to a proxy. Anybody can
// write the header, but it can only make the cookie stricter.
func encrypted(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return r.TLS != nil || strings.EqualFold(strings.TrimSpace(first), "https")
}
