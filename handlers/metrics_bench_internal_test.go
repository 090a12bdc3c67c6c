package handlers

import (
	"testing"
	"time"

	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// What one applied delivery of one event costs beside its work.
func BenchmarkCountingADelivery(b *testing.B) {
	m := NewMetrics("test", pulse.New(time.Now))
	m.Providers([]string{"acme", "other"})
	at := time.Now()
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			countOne(m, at)
		}
	})
}

// countOne counts an applied delivery of one event.
func countOne(m *Metrics, at time.Time) {
	m.verified("acme", "0a1b2c3d", at)
	m.Observe(usersync.Observation{
		Provider: "acme", Kind: usersync.KindUpdated, Outcome: usersync.OutcomeApplied,
		Origin: usersync.OriginLive, OccurredAt: usersync.MicrosOf(at),
	})
	m.acknowledged("acme", 3*time.Millisecond)
	m.answered(publicListener, 200)
}
