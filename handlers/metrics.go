package handlers

import (
	"runtime"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"usersync/internal/pulse"
)

// Metrics are the counters of one process, in a registry of their own. Labels
// are providers of the configuration and fixed words, never what a stranger
// sent and never a user. docs/METRICS.md lists them.
type Metrics struct {
	registry *prometheus.Registry
	pulse    *pulse.Pulse
	vectors  vectors
	answers  map[string]*answers // by listener
	known    grown[*counters]    // by provider: whoever was configured since the start
	standing standing
}

// NewMetrics makes the metrics of a build of the given version. What they count goes to
// the pulse as well, whose clock they share.
func NewMetrics(version string, p *pulse.Pulse) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), pulse: p, vectors: newVectors()}
	m.answers = map[string]*answers{
		publicListener: {listener: publicListener, vector: m.vectors.requests},
		adminListener:  {listener: adminListener, vector: m.vectors.requests},
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "usersync_build_info",
		Help:        "Always 1; the labels tell the build.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.vectors.all()...)
	m.registry.MustRegister(
		build, &m.standing,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Registerer is where other parts of the program add collectors of their own.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// Providers says which providers are configured, at the start and after each reload.
// Their series are there from then on, because the first increment of a counter that was
// not there is invisible to rate(). The gauges of others go, their counters stay.
func (m *Metrics) Providers(names []string) {
	m.pulse.Keep(names)
	configured := make(map[string]*counters, len(names))
	for _, name := range names {
		configured[name] = m.of(name)
		configured[name].begin()
	}
	m.standing.replace(configured, m.pulse.Now())
}

// of returns the counters of a provider.
func (m *Metrics) of(provider string) *counters {
	return m.known.get(provider, func() *counters { return m.vectors.of(provider) })
}

// page answers with all metrics. One collector that fails takes only its own
// metrics away.
func (m *Metrics) page() handler {
	exposition := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return func(echo.Context, *record) answer { return answer{page: exposition.ServeHTTP} }
}
