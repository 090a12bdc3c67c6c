package handlers

import "github.com/prometheus/client_golang/prometheus"

// The bounds of the histograms. The contract's bound of an answer is 3 s, the shortest
// patience of a sender 5 s; what lags may have waited in a spool, or at the sender, for days.
var (
	ackBounds   = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5, 10}
	lagBounds   = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 10800, 43200, 86400, 259200, 604800}
	batchBounds = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}
)

// vectors are what deliveries count.
type vectors struct {
	events   *prometheus.CounterVec
	lag      *prometheus.HistogramVec
	ack      *prometheus.HistogramVec
	batch    prometheus.Histogram
	failures *prometheus.CounterVec
	letters  *prometheus.CounterVec
	refused  *prometheus.CounterVec
	secrets  *prometheus.CounterVec
	requests *prometheus.CounterVec
}

func newVectors() vectors {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, bounds []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds}, labels)
	}
	return vectors{
		events: counter("usersync_events_total",
			"Events that became durable, by what became of them. One that was spooled counts with outcome=\"spooled\", and once more, with origin=\"spool\", when it is applied. The kind is empty for ignored events and dead letters.",
			"provider", "kind", "outcome", "origin"),
		lag: histogram("usersync_event_lag_seconds",
			"From when an event happened, by the provider's clock, until it was committed. Of events that came by webhook (origin=\"live\") or waited in the spool (origin=\"spool\"), were applied or stale, and say when they happened.",
			lagBounds, "provider", "origin"),
		ack: histogram("usersync_ack_duration_seconds",
			"Time from the complete body of a verified delivery to its answer.",
			ackBounds, "provider"),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "usersync_batch_size", Help: "Deliveries of one transaction.", Buckets: batchBounds}),
		failures: counter("usersync_signature_failures_total", "Deliveries answered with 401.", "provider", "reason"),
		letters: counter("usersync_dead_letters_total",
			"Events that were not understood, or that the database refused, and are kept as dead letters.", "provider", "reason"),
		refused: counter("usersync_refused_deliveries_total",
			"Verified deliveries answered with 503, because neither the database nor the spool took them.", "provider"),
		secrets: counter("usersync_secret_used_total",
			"Deliveries that a secret proved, by the secret's fingerprint: while a secret is rotated, whether the old one is still in use.", "provider", "fingerprint"),
		requests: counter("usersync_http_requests_total", "Answered requests by listener and status.", "listener", "code"),
	}
}

func (v *vectors) all() []prometheus.Collector {
	return []prometheus.Collector{v.events, v.lag, v.ack, v.batch, v.failures, v.letters, v.refused, v.secrets, v.requests}
}

// of resolves the labels of a provider once, so that its deliveries do not.
func (v *vectors) of(provider string) *counters {
	own := prometheus.Labels{"provider": provider}
	return &counters{
		events:   v.events.MustCurryWith(own),
		ack:      v.ack.WithLabelValues(provider),
		lag:      v.lag.MustCurryWith(own),
		refused:  v.refused.WithLabelValues(provider),
		failures: words{vector: v.failures.MustCurryWith(own)},
		letters:  words{vector: v.letters.MustCurryWith(own)},
		secrets:  secrets{vector: v.secrets.MustCurryWith(own)},
	}
}
