package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"usersync/internal/pgtest"
)

// Half of the connections to Postgres is reset, again and again.
func TestChaosResets(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "reset storm", databaseURL, through)
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	for proxy.Counts().Resets < int64(often(10, 1000)) {
		load.awaitLive(5)
		for range rand.IntN(5) { // one is mended unseen, several take the database away
			time.Sleep(rand.N(20 * time.Millisecond))
			proxy.Reset(0.5)
		}
	}
	load.awaitLive(100)
	c.faults = proxy.Counts().Resets
	c.conclude(load)
}

// A fifth of the commits is applied, and nobody hears of it.
func TestChaosLostCommits(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "commit applied, its answer lost", databaseURL, through)
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	proxy.LoseCommits(0.2)
	await(t, "lost commits", func() bool { return proxy.Counts().LostCommits >= int64(often(5, 100)) })
	proxy.LoseCommits(0)
	load.awaitLive(50)
	c.faults = proxy.Counts().LostCommits
	c.conclude(load)
}

// Everything that goes to Postgres or comes from it takes 20 to 200 ms.
func TestChaosSlowDatabase(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "slow database, 20-200 ms each way", databaseURL, through)
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	proxy.SetDelay(20*time.Millisecond, 200*time.Millisecond)
	load.awaitAcks(often(25, 2000))
	c.faults = proxy.Counts().Delayed
	proxy.SetDelay(0, 0)
	c.conclude(load)
}
