package handlers

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	usersync "usersync/sync"
)

// The names of the listeners, in the log and in metrics.
const (
	publicListener = "public"
	adminListener  = "admin"
)

// handler answers one request and notes in rec what the log should say. It
// must not keep c.
type handler func(c echo.Context, rec *record) answer

// listener is what all routes of one listener share.
type listener struct {
	name     string
	guard    guard // asked before anything but open routes
	echo     *echo.Echo
	log      zerolog.Logger
	metrics  *Metrics
	failures *lineLimiter
	words    map[string]bool          // that paths of routes are made of
	path     func(path string) string // as much of a path without a route as the log may show
}

// newListener makes a listener that answers 404 to everything that the guard
// admits.
func newListener(name string, g guard, log zerolog.Logger, metrics *Metrics) *listener {
	l := &listener{name: name, guard: g, echo: echo.New(), log: log, metrics: metrics, failures: newLineLimiter(), words: map[string]bool{}, path: escapedPrefix}
	nowhere := l.serve(record{}, func(echo.Context, *record) answer { return notFound() })
	// Our handlers return no error, so the only one is Echo's: no such route.
	l.echo.HTTPErrorHandler = func(_ error, c echo.Context) { _ = nowhere(c) }
	return l
}

// handle serves the route for the given methods; any other gets a 405 if what
// the path names exists. Echo itself would answer OPTIONS with 204 and name
// OPTIONS as allowed.
func (l *listener) handle(about record, h handler, exists func(echo.Context, *record) bool, methods ...string) {
	for word := range strings.SplitSeq(about.route, "/") {
		l.words[word] = true
	}
	for _, method := range methods {
		l.echo.Add(method, about.route, l.serve(about, h))
	}
	allow := strings.Join(methods, ", ")
	l.echo.RouteNotFound(about.route, l.serve(about, func(c echo.Context, rec *record) answer {
		if !exists(c, rec) {
			return notFound()
		}
		return methodNotAllowed(allow)
	}))
}

// handleAll serves the route for every method: what the path names decides which
// of them there are, and h refuses the others.
func (l *listener) handleAll(about record, h handler) {
	serve := l.serve(about, h)
	l.echo.POST(about.route, serve)
	l.echo.RouteNotFound(about.route, serve)
}

// always is for paths that name one thing.
func always(echo.Context, *record) bool { return true }

// ServeHTTP implements http.Handler.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.echo.ServeHTTP(w, r)
}

// serve makes an Echo handler of h: run it, write its answer, count and log.
func (l *listener) serve(about record, h handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		rec := about
		a := l.run(h, c, &rec)
		status := l.write(a, c, &rec)
		l.metrics.answered(l.name, status)
		l.report(c.Request(), &rec, status, time.Since(start))
		return nil
	}
}

// run calls h. A panic is our own trouble.
func (l *listener) run(h handler, c echo.Context, rec *record) (a answer) {
	defer func() {
		if fault := recover(); fault != nil {
			l.panicked(fault, rec)
			a = unavailable()
		}
	}()
	if !rec.open && !l.guard.admits(c.Request()) {
		return tokenMissing(rec)
	}
	return h(c, rec)
}

// write sends the answer and returns its status.
func (l *listener) write(a answer, c echo.Context, rec *record) (status int) {
	defer func() {
		if fault := recover(); fault != nil {
			l.panicked(fault, rec)
			if !c.Response().Committed {
				unavailable().write(c.Response(), c.Request())
			}
		}
		status = c.Response().Status
	}()
	a.write(c.Response(), c.Request())
	return
}

// panicked logs a panic without its value, which may quote a payload. The
// stack holds names and addresses only.
func (l *listener) panicked(fault any, rec *record) {
	what := fmt.Sprintf("%T", fault)
	if err, ok := fault.(runtime.Error); ok {
		what = err.Error()
	}
	rec.reason = "panic"
	l.log.Error().Str("listener", l.name).Str("route", rec.route).Str("provider", rec.provider).
		Str("panic", what).Bytes("stack", debug.Stack()).Msg("a handler panicked: please report this")
}

// report writes the log line.
func (l *listener) report(r *http.Request, rec *record, status int, took time.Duration) {
	level := zerolog.InfoLevel
	switch {
	case rec.quiet:
		level = zerolog.DebugLevel
	case status >= http.StatusInternalServerError:
		level = zerolog.ErrorLevel
	case status == http.StatusUnauthorized || rec.letters > 0 || rec.outcome == usersync.OutcomeDeadLetter.String():
		level = zerolog.WarnLevel
	}
	suppressed := 0
	if level > zerolog.InfoLevel {
		var ok bool
		if suppressed, ok = l.failures.allow(lineKey{rec.provider, rec.outcome, rec.reason}, time.Now()); !ok {
			return
		}
	}
	e := l.log.WithLevel(level)
	if suppressed > 0 {
		e.Int("suppressed", suppressed)
	}
	if rec.route == "" {
		rec.path = l.path(r.URL.Path)
	}
	rec.line(e, r, l.name, status, took)
}
