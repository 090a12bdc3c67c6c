package handlers

import (
	"testing"
	"time"

	usersync "usersync/sync"
)

// What one applied delivery of one event costs beside its work.
func BenchmarkCountingADelivery(b *testing.B) {
	m := NewMetrics("test")
	at := time.Now()
	applied := usersync.Observation{
		Provider: "acme", Kind: usersync.KindUpdated, Outcome: usersync.OutcomeApplied,
		Origin: usersync.OriginLive, OccurredAt: usersync.MicrosOf(at),
	}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			m.verified("acme", at)
			m.Observe(applied)
			m.acknowledged("acme", 3*time.Millisecond)
			m.answered(publicListener, 200)
		}
	})
}
