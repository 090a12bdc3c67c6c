package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
)

// Half of the connections to Postgres is reset, again and again.
func TestChaosResets(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "reset storm", databaseURL, through)
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	for proxy.Counts().Resets < int64(often(40, 2000)) {
		time.Sleep(rand.N(20 * time.Millisecond))
		proxy.Reset(0.5)
	}
	load.awaitAcks(often(100, 1000))
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
	await(t, "lost commits", func() bool { return proxy.Counts().LostCommits >= int64(often(20, 1000)) })
	proxy.LoseCommits(0)
	load.awaitAcks(50)
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
	load.awaitAcks(often(50, 2000))
	c.faults = proxy.Counts().Delayed
	proxy.SetDelay(0, 0)
	c.conclude(load)
}

// Postgres refuses connections, then the network to it is cut. Both end, and what
// was on its way arrives late.
func TestChaosPostgresAway(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "Postgres refused, then cut off", databaseURL, through)
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	for _, mode := range []faultproxy.Mode{faultproxy.Refuse, faultproxy.Blackhole} {
		load.awaitAcks(100)
		began := time.Now()
		if err := proxy.Set(mode); err != nil {
			t.Fatal(err)
		}
		c.faults++
		load.awaitRefusals(often(40, 1000))
		time.Sleep(time.Until(began.Add(time.Duration(often(0, 60)) * time.Second)))
		if err := proxy.Set(faultproxy.Pass); err != nil {
			t.Fatal(err)
		}
	}
	load.awaitAcks(100)
	c.conclude(load)
}
