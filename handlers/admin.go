package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/rs/zerolog"

	"usersync/handlers/desk"
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
/api/v1/…        for operators: /api/v1/openapi.json describes all of it
`

// AdminOptions say what the admin listener serves.
type AdminOptions struct {
	Metrics *Metrics
	Health  *Health
	// Users is what the API for the app stands on; nil: there is none.
	Users Users
	// Desk is what the dashboard and the API for operators stand on; nil: there is neither.
	Desk *desk.Desk
	// Token is asked for by everything but the probes. Without one metrics and health are
	// open, which is for loopback only, and whatever shows users is refused.
	Token secret.Text
	Log   zerolog.Logger
}

// NewAdmin returns what the admin listener serves.
func NewAdmin(o AdminOptions) http.Handler {
	g := newGuard(o.Token)
	l := newListener(adminListener, g, o.Log, o.Metrics)
	l.path = l.familiar
	read := []string{http.MethodGet, http.MethodHead}
	l.handle(record{route: "/livez", quiet: true, open: true}, live, always, read...)
	l.handle(record{route: "/readyz", quiet: true, open: true}, o.Health.verbosely(g), always, read...)
	l.handle(record{route: "/healthz", quiet: true, open: true}, o.Health.verbosely(g), always, read...)
	l.handle(record{route: "/metrics", quiet: true}, o.Metrics.page(), always, read...)
	if o.Users != nil {
		serveUsers(l, o.Users, o.Health)
	}
	if o.Desk != nil {
		serveAPI(l, o.Desk, o.Health)
		serveDashboard(l, o.Desk, o.Token)
	} else {
		l.handle(record{route: "/"}, home, always, read...)
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
