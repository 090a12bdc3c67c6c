package handlers

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// ArrivingForTest says how many bodies arrive that have taken of the budget, and
// what is left of it, in bytes.
func ArrivingForTest(w *Webhooks) (bodies int, free int64) {
	w.budget.mu.Lock()
	defer w.budget.mu.Unlock()
	return w.budget.arriving.Len(), w.budget.free
}

// RoutesForTest are the routes of a listener below a path, as METHOD /path/{parameter}.
func RoutesForTest(h http.Handler, below string) (routes []string) {
	for _, r := range h.(*listener).echo.Routes() {
		if r.Method == echo.RouteNotFound || !strings.HasPrefix(r.Path, below+"/") {
			continue
		}
		routes = append(routes, r.Method+" "+parameterOfEcho.ReplaceAllString(r.Path, "{$1}"))
	}
	slices.Sort(routes)
	return routes
}

var parameterOfEcho = regexp.MustCompile(`:(\w+)`)
