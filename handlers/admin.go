package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// contents is the page at the root of the admin listener.
const contents = `usersync

/livez           the process runs
/readyz          deliveries are taken; /readyz?verbose lists the parts
/healthz         the same as /readyz
/metrics         for Prometheus
`

// NewAdmin returns what the admin listener serves.
func NewAdmin(metrics *Metrics, health *Health, log zerolog.Logger) http.Handler {
	l := newListener(adminListener, log, metrics)
	read := []string{http.MethodGet, http.MethodHead}
	l.handle("/", false, home, read...)
	l.handle("/livez", true, live, read...)
	l.handle("/readyz", true, health.verbosely, read...)
	l.handle("/healthz", true, health.verbosely, read...)
	l.handle("/metrics", true, metrics.page(), read...)
	return l
}

// home answers with the list of routes.
func home(echo.Context, *record) answer {
	return answer{page: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(contents))
	}}
}

// page answers with all metrics. One collector that fails takes only its own
// metrics away.
func (m *Metrics) page() handler {
	exposition := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return func(echo.Context, *record) answer { return answer{page: exposition.ServeHTTP} }
}
