package main

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The daemon is killed again and again while it works.
func TestChaosKilled(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c := newChaos(t, "kill -9 of the daemon, "+kindOf(databaseURL), databaseURL, databaseURL)
		c.cuttable = true
		load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
		for range often(3, 100) {
			load.awaitAcks(50)
			time.Sleep(rand.N(20 * time.Millisecond))
			c.kill()
			c.faults++
			c.start()
		}
		load.awaitAcks(50)
		c.conclude(load)
	})
}

// SIGTERM again and again: what was accepted is finished and durable, and nothing
// is answered 5xx.
func TestChaosStopped(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		c := newChaos(t, "SIGTERM with requests in flight, "+kindOf(databaseURL), databaseURL, databaseURL, patiently())
		c.cuttable = true
		load := c.load(32, newStream(t, c.daemon.providers, "u", 200).next)
		for range often(3, 30) {
			load.awaitAcks(50)
			await(t, "requests in flight", func() bool { _, _, _, flying := load.counts(); return flying > 0 })
			c.stop()
			c.faults++
			c.start()
		}
		load.awaitAcks(50)
		c.conclude(load)
		if load.refused > 0 { // by SQLite neither
			t.Errorf("%d were answered 503", load.refused)
		}
	})
}
