package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"usersync/providers"
	usersync "usersync/sync"
)

// usersPrefix is what stands before a provider's name in a path of the API.
const usersPrefix = "/api/v1/users/"

// callTimeout is how long one call of the API may take until the provider has
// answered. What is left of the shutdown's time is for our database.
const callTimeout = 10 * time.Second

// maxChanges is how many bytes of changes may arrive at once; an app that we
// know sends them.
const maxChanges = 8 << 20

// userRoutes are the routes of the API for the app.
type userRoutes struct {
	users   Users
	health  *Health
	closed  bool // there is no token, so nobody is let in
	bodies  bodyReader
	waiting chan struct{}
}

// serveUsers adds the API for the app to the admin listener. Without a token
// it is refused to everybody: any page in a browser on this machine could make
// it send requests to loopback.
func serveUsers(l *listener, users Users, health *Health) {
	u := &userRoutes{
		users: users, health: health, closed: !l.guard.closed,
		bodies:  newBodyReader(defaultMaxBody, defaultBodyTimeout, maxChanges),
		waiting: make(chan struct{}, maxWaiting),
	}
	l.handle(record{route: usersPrefix + ":provider"}, u.create, u.exists, http.MethodPost)
	l.handle(record{route: usersPrefix + ":provider/:id"}, u.update, u.exists, http.MethodPatch)
	l.handle(record{route: usersPrefix + ":provider/:id/ensure"}, u.ensure, u.exists, http.MethodPost)
	l.handle(record{route: usersPrefix + ":provider/:id/wait"}, u.wait, u.exists, http.MethodGet)
}

// ensure fetches a user from the provider. It takes no body; one is not read.
func (u *userRoutes) ensure(c echo.Context, rec *record) answer {
	key, a, ok := u.user(c, rec)
	if !ok {
		return a
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), callTimeout)
	defer cancel()
	row, err := u.users.Ensure(ctx, key)
	if err != nil {
		return userAnswer(err, rec)
	}
	return answer{status: http.StatusOK, body: row}
}

// provider returns the provider that the path names; ok is false if the answer
// is final.
func (u *userRoutes) provider(c echo.Context, rec *record) (name string, a answer, ok bool) {
	if u.closed {
		return "", noToken(rec), false
	}
	// Echo forgets its parameters when no method fits, and does not unescape
	// all of them.
	name, _ = segment(c, 0)
	if !u.users.Has(name) {
		return "", userAnswer(&UserError{Fault: FaultProvider, Text: "no provider of this name is configured: see the section providers of the configuration"}, rec), false
	}
	rec.provider = name
	return name, answer{}, true
}

// user returns the user that the path names; ok is false if the answer is final.
func (u *userRoutes) user(c echo.Context, rec *record) (key usersync.UserKey, a answer, ok bool) {
	if key.Provider, a, ok = u.provider(c, rec); !ok {
		return key, a, false
	}
	id, err := segment(c, 1)
	if err == nil {
		err = providers.CheckUserID(id)
	}
	if err != nil {
		return key, malformed(rec, err), false
	}
	key.UserID = id
	return key, answer{}, true
}

// exists reports whether the path names a provider of ours.
func (u *userRoutes) exists(c echo.Context, rec *record) bool {
	_, _, ok := u.provider(c, rec)
	return ok || u.closed
}

// segment returns a part of the path behind the prefix. It is split before it is
// unescaped: an id may hold a slash.
func segment(c echo.Context, i int) (string, error) {
	parts := strings.Split(strings.TrimPrefix(c.Request().URL.EscapedPath(), usersPrefix), "/")
	if i >= len(parts) {
		return "", errors.New("the path names no user")
	}
	return url.PathUnescape(parts[i])
}
