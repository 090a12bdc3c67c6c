package handlers

import (
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	usersync "usersync/sync"
)

// Metrics are the counters of one process, in a registry of their own. Labels
// are providers of the configuration and fixed words, never what a stranger
// sent and never a user.
type Metrics struct {
	registry     *prometheus.Registry
	events       *prometheus.CounterVec
	ack          *prometheus.HistogramVec
	failures     *prometheus.CounterVec
	letters      *prometheus.CounterVec
	refused      *prometheus.CounterVec
	lastVerified *prometheus.GaugeVec
	requests     *prometheus.CounterVec
}

// NewMetrics makes the metrics of a build of the given version.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usersync_events_total",
			Help: "Events that became durable, by what became of them. One that was spooled counts with outcome=\"spooled\", and once more, with origin=\"spool\", when it is applied. The kind is empty for ignored events and dead letters.",
		}, []string{"provider", "kind", "outcome", "origin"}),
		ack: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "usersync_ack_duration_seconds",
			Help: "Time from the complete body of a verified delivery to its answer.",
			// The contract's bound is 3 s, the shortest patience of a sender 5 s.
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10},
		}, []string{"provider"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usersync_signature_failures_total",
			Help: "Deliveries answered with 401.",
		}, []string{"provider", "reason"}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usersync_dead_letters_total",
			Help: "Events that were not understood, or that the database refused, and are kept as dead letters.",
		}, []string{"provider", "reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usersync_refused_deliveries_total",
			Help: "Verified deliveries answered with 503, because neither the database nor the spool took them.",
		}, []string{"provider"}),
		lastVerified: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "usersync_last_verified_event_timestamp_seconds",
			Help: "When the last verified delivery arrived, in seconds since 1970.",
		}, []string{"provider"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "usersync_http_requests_total",
			Help: "Answered requests by listener and status.",
		}, []string{"listener", "code"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "usersync_build_info",
		Help:        "Always 1; the labels tell the build.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.events, m.ack, m.failures, m.letters, m.refused, m.lastVerified, m.requests, build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Registerer is where other parts of the program add collectors of their own.
func (m *Metrics) Registerer() prometheus.Registerer { return m.registry }

// Observe counts one event that became durable. Its form is that of
// usersync.Engine.Observe.
func (m *Metrics) Observe(o usersync.Observation) {
	m.events.WithLabelValues(o.Provider, o.Kind.String(), o.Outcome.String(), o.Origin.String()).Inc()
}

// ignored counts events that nothing else hears of.
func (m *Metrics) ignored(provider string, count int) {
	if count > 0 {
		m.events.WithLabelValues(provider, "", usersync.OutcomeIgnored.String(), usersync.OriginLive.String()).Add(float64(count))
	}
}

// Buried counts one dead letter that became durable. Its form is that of
// usersync.Engine.Buried.
func (m *Metrics) Buried(l *usersync.DeadLetter) {
	m.letters.WithLabelValues(l.Provider, l.Reason).Inc()
}

// Refused counts one delivery that nothing took.
func (m *Metrics) Refused(provider string) { m.refused.WithLabelValues(provider).Inc() }

func (m *Metrics) verified(provider string, at time.Time) {
	m.lastVerified.WithLabelValues(provider).Set(float64(at.UnixMilli()) / 1000)
}

func (m *Metrics) acknowledged(provider string, took time.Duration) {
	m.ack.WithLabelValues(provider).Observe(took.Seconds())
}

func (m *Metrics) rejected(provider, reason string) {
	m.failures.WithLabelValues(provider, reason).Inc()
}

func (m *Metrics) answered(listener string, status int) {
	m.requests.WithLabelValues(listener, strconv.Itoa(status)).Inc()
}
