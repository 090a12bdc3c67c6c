package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	"usersync/internal/secret"
)

// contents is the page at the root of the admin listener.
const contents = `usersync

/livez           the process runs
/readyz          deliveries are taken; /readyz?verbose lists the parts
/healthz         the same as /readyz
/metrics         for Prometheus
/api/v1/users    for the app: POST …/{provider}, PATCH …/{provider}/{id},
                 POST …/{id}/ensure, GET …/{id}/wait
`

// NewAdmin returns what the admin listener serves. With a token everything but
// the probes asks for it, even what does not exist; without one all is open,
// which is for loopback only; but the API for the app, which users
// serves if it is not nil, is refused then.
func NewAdmin(metrics *Metrics, health *Health, users Users, log zerolog.Logger, token secret.Text) http.Handler {
	g := newGuard(token)
	l := newListener(adminListener, g, log, metrics)
	read := []string{http.MethodGet, http.MethodHead}
	l.handle(record{route: "/"}, home, always, read...)
	l.handle(record{route: "/livez", quiet: true, open: true}, live, always, read...)
	l.handle(record{route: "/readyz", quiet: true, open: true}, health.verbosely(g), always, read...)
	l.handle(record{route: "/healthz", quiet: true, open: true}, health.verbosely(g), always, read...)
	l.handle(record{route: "/metrics", quiet: true}, metrics.page(), always, read...)
	if users != nil {
		serveUsers(l, users, health)
	}
	return l
}

// home answers with the list of routes.
func home(echo.Context, *record) answer {
	return answer{page: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(contents))
	}}
}
