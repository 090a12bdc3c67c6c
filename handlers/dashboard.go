package handlers

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"usersync/handlers/dashboard"
	"usersync/handlers/desk"
	"usersync/internal/secret"
)

// serveDashboard adds the dashboard to the admin listener. Its pages ask by themselves
// who is there: a browser has a session, or gets a page to sign in.
func serveDashboard(l *listener, over *desk.Desk, token secret.Text) {
	pages := dashboard.New(dashboard.Options{Desk: over, Token: token, Admits: l.guard.admits, Clock: time.Now})
	parameters := strings.NewReplacer("{", ":", "}", "") // as net/http writes them, and echo
	for _, route := range pages.Routes() {
		about := record{route: parameters.Replace(route.Path), open: true}
		l.handle(about, dashboardPage(route), always, route.Methods...)
	}
}

// dashboardPage makes a handler of a route.
func dashboardPage(route dashboard.Route) handler {
	return func(c echo.Context, rec *record) answer {
		r := c.Request()
		for i, name := range c.ParamNames() {
			r.SetPathValue(name, c.ParamValues()[i])
		}
		return answer{page: func(w http.ResponseWriter, _ *http.Request) {
			note := route.Serve(w, r)
			rec.reason, rec.quiet = note.Reason, note.Quiet
		}}
	}
}
