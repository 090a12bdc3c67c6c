package handlers

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	usersync "usersync/sync"
)

// record gathers what the log says about one request. It has no place for a
// payload, a header or a user.
type record struct {
	route    string // the template, "" if there is no such route
	path     string // what was asked for, as far as it may be logged, if there is no such route
	provider string // "" unless it is one of ours
	outcome  string
	reason   string // a fixed word
	detail   string // a sentence without secrets
	key      string // fingerprint of the secret that matched
	letters  int    // dead letters that the delivery became
	bytes    int
	quiet    bool      // probes: of interest to nobody while they succeed
	open     bool      // no token is asked for
	complete time.Time // when the body was complete
}

// The longest texts that a log line takes from elsewhere.
const (
	maxDetail = 300
	maxPath   = 32
	maxParts  = 8
)

// bury notes why events were not understood. The first reason is mostly that
// of all: one sender writes one format.
func (rec *record) bury(letters []usersync.DeadLetter) {
	rec.letters = len(letters)
	if len(letters) > 0 {
		rec.reason, rec.detail = letters[0].Reason, letters[0].Detail
	}
}

// line fills in the log line of a request that got its answer.
func (rec *record) line(e *zerolog.Event, r *http.Request, listener string, status int, took time.Duration) {
	e.Str("listener", listener).Str("method", methodName(r.Method))
	if rec.route != "" {
		e.Str("route", rec.route)
	} else {
		e.Str("path", rec.path)
	}
	for _, field := range []struct{ name, value string }{
		{"provider", rec.provider},
		{"outcome", rec.outcome},
		{"reason", rec.reason},
		{"detail", escaped(rec.detail, maxDetail)},
		{"key", rec.key},
	} {
		if field.value != "" {
			e.Str(field.name, field.value)
		}
	}
	if rec.letters > 0 {
		e.Int("letters", rec.letters)
	}
	e.Int("status", status).Int("bytes", rec.bytes)
	e.Float64("duration_ms", float64(took.Microseconds())/1000)
	if peer := peerOf(r); peer.IsValid() {
		var text [64]byte // longer than any address
		e.Bytes("remote", peer.AppendTo(text[:0]))
	}
	e.Msg("request")
}

// peerOf returns the address at the other end of the connection. Headers that
// claim another one are not asked: anybody can write them.
func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// methodName returns the method if it is a usual one: a stranger's own may be
// 64 KiB long.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	default:
		return "other"
	}
}

// escapedPrefix is as much of a stranger's path as the log repeats.
func escapedPrefix(path string) string { return escaped(path, maxPath) }

// familiar is a path of which only the words of our routes are left. An operator's, or the
// app's, holds ids and addresses of users, and one mistyped word makes it no route of ours.
func (l *listener) familiar(path string) string {
	parts := strings.SplitN(path, "/", maxParts)
	for i, part := range parts {
		if part != "" && !l.words[part] {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// escaped cuts a text to at most limit bytes and escapes what is not printable
// ASCII, so that no terminal obeys it.
func escaped(text string, limit int) string {
	if text == "" {
		return "" // what nearly every line has to say here costs nothing
	}
	if len(text) > limit {
		text = text[:limit]
	}
	quoted := strconv.QuoteToASCII(text)
	return quoted[1 : len(quoted)-1]
}
