package handlers

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"usersync/handlers/desk"
	"usersync/handlers/openapi"
)

// apiPrefix is where the APIs stand.
const apiPrefix = "/api/v1"

// How long a call of the operators' API may take: what is asked, what changes
// something, and an erasure, which would have to begin anew.
const (
	lookTimeout  = 10 * time.Second
	workTimeout  = 10 * time.Second
	eraseTimeout = 30 * time.Second
)

// worksAtOnce is how many calls may change something in the database at once: operators
// shall not take its connections from those who deliver. For what they ask the desk has
// a bound of its own.
const worksAtOnce = 2

// apiRoutes are the routes of the API for operators.
type apiRoutes struct {
	desk     *desk.Desk
	health   *Health
	closed   bool // there is no token, so nobody is let in
	bodies   bodyReader
	works    chan struct{}
	watching chan struct{}
	document func() ([]byte, error)
}

// serveAPI adds the API for operators to the admin listener. Without a token it is
// refused to everybody, as that for the app.
func serveAPI(l *listener, d *desk.Desk, health *Health) {
	a := &apiRoutes{
		desk: d, health: health, closed: !l.guard.closed,
		bodies: newBodyReader(maxAPIBody, defaultBodyTimeout, maxChanges),
		works:  make(chan struct{}, worksAtOnce), watching: make(chan struct{}, maxWatching),
		document: sync.OnceValues(openapi.Document),
	}
	read, post := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	for _, r := range []struct {
		path    string
		handler handler
		methods []string
	}{
		{"/openapi.json", a.openAPI, read},
		{"/status", a.status, read},
		{"/providers", a.providers, read},
		{"/events", within(lookTimeout, a.events), read},
		{"/events/one", within(lookTimeout, a.event), read},
		{"/dead-letters", within(lookTimeout, a.letters), read},
		{"/dead-letters/:id", within(lookTimeout, a.letter), read},
		{"/dead-letters/retry", a.retry, post},
		{"/users", within(lookTimeout, a.users), read},
		{"/users/one", within(lookTimeout, a.user), read},
		{"/users/erase", a.erase, post},
		{"/runs", postOr(a.start, within(lookTimeout, a.runs)), append(read, post...)},
		{"/runs/:id", a.run, read},
	} {
		l.handle(record{route: apiPrefix + r.path}, a.behindToken(r.handler), asLong, r.methods...)
	}
}

// behindToken refuses everybody while there is no token.
func (a *apiRoutes) behindToken(h handler) handler {
	return func(c echo.Context, rec *record) answer {
		switch {
		case a.closed:
			return noToken(rec)
		case !asLong(c, rec):
			return notFound()
		}
		return h(c, rec)
	}
}

// asLong reports whether a path has as many parts as its route: Echo takes all the rest of
// a path for a parameter at its end.
func asLong(c echo.Context, rec *record) bool {
	return strings.Count(c.Request().URL.EscapedPath(), "/") == strings.Count(rec.route, "/")
}

// postOr serves two calls that stand at one path.
func postOr(post, other handler) handler {
	return func(c echo.Context, rec *record) answer {
		if c.Request().Method == http.MethodPost {
			return post(c, rec)
		}
		return other(c, rec)
	}
}

// asked is a call that was let in.
type asked func(ctx context.Context, c echo.Context, rec *record) answer

// within gives a call so much time.
func within(limit time.Duration, h asked) handler {
	return func(c echo.Context, rec *record) answer {
		ctx, cancel := context.WithTimeout(c.Request().Context(), limit)
		defer cancel()
		return h(ctx, c, rec)
	}
}

// working gives a call so much time, in its turn.
func (a *apiRoutes) working(limit time.Duration, h asked) handler {
	return within(limit, func(ctx context.Context, c echo.Context, rec *record) answer {
		select {
		case a.works <- struct{}{}:
			defer func() { <-a.works }()
			return h(ctx, c, rec)
		case <-ctx.Done():
			return deskAnswer(c, desk.ErrCrowded, rec)
		}
	})
}

// pageOf is the body of every answer that has many things.
type pageOf[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"` // the parameter after of the page behind this one, "" at the end
}
