package handlers

import (
	"context"
	"net/http"
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

// How many calls may ask the database at once, and how many may change something
// there: operators shall not take its connections from those who deliver.
const (
	looksAtOnce = 4
	worksAtOnce = 2
)

// apiRoutes are the routes of the API for operators.
type apiRoutes struct {
	desk     *desk.Desk
	health   *Health
	closed   bool // there is no token, so nobody is let in
	bodies   bodyReader
	looks    chan struct{}
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
		looks:  make(chan struct{}, looksAtOnce), works: make(chan struct{}, worksAtOnce), watching: make(chan struct{}, maxWatching),
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
		{"/events", a.within(lookTimeout, a.looks, a.events), read},
		{"/events/one", a.within(lookTimeout, a.looks, a.event), read},
		{"/dead-letters", a.within(lookTimeout, a.looks, a.letters), read},
		{"/dead-letters/:id", a.within(lookTimeout, a.looks, a.letter), read},
		{"/dead-letters/retry", a.retry, post},
		{"/users", a.within(lookTimeout, a.looks, a.users), read},
		{"/users/one", a.within(lookTimeout, a.looks, a.user), read},
		{"/users/erase", a.erase, post},
		{"/runs", postOr(a.start, a.within(lookTimeout, a.looks, a.runs)), append(read, post...)},
		{"/runs/:id", a.run, read},
	} {
		l.handle(record{route: apiPrefix + r.path}, a.behindToken(r.handler), always, r.methods...)
	}
}

// behindToken refuses everybody while there is no token.
func (a *apiRoutes) behindToken(h handler) handler {
	return func(c echo.Context, rec *record) answer {
		if a.closed {
			return noToken(rec)
		}
		return h(c, rec)
	}
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

// within gives a call so much time, and a place among those who go at once.
func (a *apiRoutes) within(limit time.Duration, places chan struct{}, h asked) handler {
	return func(c echo.Context, rec *record) answer {
		ctx, cancel := context.WithTimeout(c.Request().Context(), limit)
		defer cancel()
		leave, err := enter(ctx, places)
		if err != nil {
			return deskAnswer(c, err, rec)
		}
		defer leave()
		return h(ctx, c, rec)
	}
}

// enter waits for a place.
func enter(ctx context.Context, places chan struct{}) (leave func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pageOf is the body of every answer that has many things.
type pageOf[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"` // the parameter after of the page behind this one, "" at the end
}
