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
`

// AdminOptions are what the admin listener serves. Metrics, Health and Log are needed.
type AdminOptions struct {
	Metrics *Metrics
	Health  *Health
	Users   Users      // the API for the app; nil: there is none
	Desk    *desk.Desk // what operators see and do; nil: there is no such place
	Log     zerolog.Logger
	Token   secret.Text
}

// NewAdmin returns what the admin listener serves. With a token everything but
// the probes asks for it, even what does not exist; without one all is open,
// which is for loopback only; but the APIs are refused then.
func NewAdmin(o AdminOptions) http.Handler {
	g := newGuard(o.Token)
	l := newListener(adminListener, g, o.Log, o.Metrics)
	read := []string{http.MethodGet, http.MethodHead}
	l.handle(record{route: "/"}, home, always, read...)
	l.handle(record{route: "/livez", quiet: true, open: true}, live, always, read...)
	l.handle(record{route: "/readyz", quiet: true, open: true}, o.Health.verbosely(g), always, read...)
	l.handle(record{route: "/healthz", quiet: true, open: true}, o.Health.verbosely(g), always, read...)
	l.handle(record{route: "/metrics", quiet: true}, o.Metrics.page(), always, read...)
	if o.Users != nil {
		serveUsers(l, o.Users, o.Health)
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
