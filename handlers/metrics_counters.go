package handlers

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"usersync/internal/pulse"
	"usersync/providers"
	usersync "usersync/sync"
)

// How many kinds, outcomes and origins there are.
const (
	kinds    = usersync.KindUnbanned + 1
	outcomes = usersync.OutcomeSpooled + 1
	origins  = usersync.OriginReplay + 1
)

// counters are those of one provider.
type counters struct {
	events   *prometheus.CounterVec
	counted  [kinds][outcomes][origins]atomic.Pointer[prometheus.Counter] // of events, those there are
	ack      prometheus.Observer
	lag      prometheus.ObserverVec
	lagged   [origins]atomic.Pointer[prometheus.Observer]
	refused  prometheus.Counter
	failures words
	letters  words
	secrets  secrets
	verified atomic.Int64 // µs: when a delivery was last verified
	since    atomic.Int64 // µs: when the provider was first watched
	silence  atomic.Int64 // µs: how long it may be silent; 0: for ever
}

// begin makes what has to be there before it is counted first.
func (c *counters) begin() {
	for kind := usersync.KindCreated; kind < kinds; kind++ {
		c.event(kind, usersync.OutcomeApplied, usersync.OriginLive)
	}
	c.event(usersync.KindNone, usersync.OutcomeIgnored, usersync.OriginLive)
	c.event(usersync.KindNone, usersync.OutcomeDeadLetter, usersync.OriginLive)
	c.observer(usersync.OriginLive)
	c.observer(usersync.OriginSpool)
	for _, reason := range []string{
		reasonIP, providers.ReasonMissing, providers.ReasonMalformed, providers.ReasonDoubled, providers.ReasonMismatch,
		providers.ReasonTooOld, providers.ReasonTooNew, providers.ReasonUnsignedHeaders,
	} {
		c.failures.of(reason)
	}
}

// event is the counter of events that end in one way.
func (c *counters) event(kind usersync.Kind, outcome usersync.Outcome, origin usersync.Origin) prometheus.Counter {
	place := &c.counted[kind][outcome][origin]
	if counter := place.Load(); counter != nil {
		return *counter
	}
	counter := c.events.WithLabelValues(kind.String(), outcome.String(), origin.String())
	place.Store(&counter)
	return counter
}

// observer takes the lags of an origin.
func (c *counters) observer(origin usersync.Origin) prometheus.Observer {
	place := &c.lagged[origin]
	if observer := place.Load(); observer != nil {
		return *observer
	}
	observer := c.lag.WithLabelValues(origin.String())
	place.Store(&observer)
	return observer
}

// raise notes that a delivery was verified, unless a later one is known.
func (c *counters) raise(at usersync.Micros) {
	for {
		known := c.verified.Load()
		if int64(at) <= known || c.verified.CompareAndSwap(known, int64(at)) {
			return
		}
	}
}

// lagOf is from when an event happened until now, or negative if that is not known. Only
// what was committed has a lag: what was spooled has its own later, and of a repetition the
// first one had it. A provider's clock may be ahead of ours.
func lagOf(o usersync.Observation, now time.Time) time.Duration {
	switch {
	case o.OccurredAt == 0,
		o.Outcome != usersync.OutcomeApplied && o.Outcome != usersync.OutcomeStale,
		o.Origin != usersync.OriginLive && o.Origin != usersync.OriginSpool:
		return -1
	}
	return max(now.Sub(o.OccurredAt.Time()), 0)
}

// Observe counts one event that became durable. Its form is that of
// usersync.Engine.Observe.
func (m *Metrics) Observe(o usersync.Observation) {
	now := m.pulse.Now()
	c, lag := m.of(o.Provider), lagOf(o, now)
	c.event(o.Kind, o.Outcome, o.Origin).Inc()
	if lag >= 0 {
		c.observer(o.Origin).Observe(lag.Seconds())
	}
	m.pulse.ObserveAt(now, o, lag)
}

// Gathered counts the deliveries of one transaction. Its form is that of
// usersync.BatcherOptions.Gathered.
func (m *Metrics) Gathered(deliveries int) { m.vectors.batch.Observe(float64(deliveries)) }

// Buried counts one dead letter that became durable. Its form is that of
// usersync.Engine.Buried.
func (m *Metrics) Buried(l *usersync.DeadLetter) { m.of(l.Provider).letters.of(l.Reason).Inc() }

// Refused counts one delivery that nothing took.
func (m *Metrics) Refused(provider string) {
	m.of(provider).refused.Inc()
	m.pulse.Note(provider, func(at *pulse.Point) { at.Refused++ })
}

// verified counts one delivery that was believed, because of a secret or, if the
// fingerprint is empty, without one.
func (m *Metrics) verified(provider, fingerprint string, at time.Time) {
	c := m.of(provider)
	c.raise(usersync.MicrosOf(at))
	c.secrets.used(fingerprint, at)
	m.pulse.NoteAt(at, provider, func(point *pulse.Point) { point.Verified++ })
}

func (m *Metrics) acknowledged(provider string, took time.Duration) {
	m.of(provider).ack.Observe(took.Seconds())
}

// rejected counts one delivery that was not believed.
func (m *Metrics) rejected(provider, reason string) {
	m.of(provider).failures.of(reason).Inc()
	if reason != reasonIP { // who may not even try is no sign of a wrong secret
		m.pulse.Note(provider, func(at *pulse.Point) { at.Rejected++ })
	}
}

// ignored counts events that nothing else hears of.
func (m *Metrics) ignored(provider string, count int) {
	if count == 0 {
		return
	}
	m.of(provider).event(usersync.KindNone, usersync.OutcomeIgnored, usersync.OriginLive).Add(float64(count))
	m.pulse.Note(provider, func(at *pulse.Point) { at.Ignored += int64(count) })
}
