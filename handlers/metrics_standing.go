package handlers

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"usersync/internal/alarm"
	usersync "usersync/sync"
)

// standing collects how things stand with the providers of the configuration, and which
// alarms there are. They are made anew for each page, so that nothing of what is gone stays.
type standing struct {
	configured atomic.Pointer[map[string]*counters]
	alarms     atomic.Pointer[[]alarm.Alarm]
}

var (
	verifiedDesc = prometheus.NewDesc("usersync_last_verified_event_timestamp_seconds",
		"When a delivery was last verified, by any replica, in seconds since 1970; 0 if never.", []string{"provider"}, nil)
	sinceDesc = prometheus.NewDesc("usersync_provider_watched_since_timestamp_seconds",
		"When the provider was first watched, by any replica, in seconds since 1970.", []string{"provider"}, nil)
	silenceDesc = prometheus.NewDesc("usersync_max_silence_seconds",
		"How long the provider may be silent before that is an alarm; 0: for ever.", []string{"provider"}, nil)
	alarmDesc = prometheus.NewDesc("usersync_alarm",
		"1 while the alarm stands. The provider is empty if it is about none in particular.", []string{"kind", "provider", "severity"}, nil)
)

// replace exchanges the providers. Who was not watched before is so from now on, as far
// as is known here.
func (s *standing) replace(configured map[string]*counters, now time.Time) {
	for _, c := range configured {
		c.since.CompareAndSwap(0, now.UnixMicro())
	}
	s.configured.Store(&configured)
}

// of returns the counters of a provider that is configured, or nil.
func (s *standing) of(provider string) *counters { return s.all()[provider] }

func (s *standing) all() map[string]*counters {
	if all := s.configured.Load(); all != nil {
		return *all
	}
	return nil
}

// Describe implements prometheus.Collector.
func (s *standing) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{verifiedDesc, sinceDesc, silenceDesc, alarmDesc} {
		out <- desc
	}
}

// Collect implements prometheus.Collector.
func (s *standing) Collect(out chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	for name, c := range s.all() {
		gauge(verifiedDesc, float64(c.verified.Load())/1e6, name)
		gauge(sinceDesc, float64(c.since.Load())/1e6, name)
		gauge(silenceDesc, float64(c.silence.Load())/1e6, name)
	}
	alarms := s.alarms.Load()
	if alarms == nil {
		return
	}
	type labels struct {
		kind     alarm.Kind
		provider string
		severity alarm.Severity
	}
	told := map[labels]bool{} // two of the same would spoil the page
	for _, a := range *alarms {
		if l := (labels{a.Kind, a.Provider, a.Severity}); !told[l] {
			told[l] = true
			gauge(alarmDesc, 1, string(l.kind), l.provider, string(l.severity))
		}
	}
}

// Alarms says which alarms stand.
func (m *Metrics) Alarms(alarms []alarm.Alarm) { m.standing.alarms.Store(&alarms) }

// Heard notes when a delivery of a provider was verified, by any replica. What is known
// to be later stays.
func (m *Metrics) Heard(provider string, at usersync.Micros) {
	if c := m.standing.of(provider); c != nil {
		c.raise(at)
	}
}

// Verified tells of each configured provider when a delivery was last verified; 0: never.
func (m *Metrics) Verified() map[string]usersync.Micros {
	all := m.standing.all()
	verified := make(map[string]usersync.Micros, len(all))
	for name, c := range all {
		verified[name] = usersync.Micros(c.verified.Load())
	}
	return verified
}

// Watched notes since when a provider is watched, by any replica.
func (m *Metrics) Watched(provider string, since usersync.Micros) {
	if c := m.standing.of(provider); c != nil {
		c.since.Store(int64(since))
	}
}

// MaxSilence notes how long a provider may be silent; 0 is for ever.
func (m *Metrics) MaxSilence(provider string, most time.Duration) {
	if c := m.standing.of(provider); c != nil {
		c.silence.Store(most.Microseconds())
	}
}
