package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
)

func (c *chaos) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// Postgres refuses connections, then the network to it is cut, each for a minute.
// Both end, and what was on its way arrives late. The sender notices nothing.
func TestChaosPostgresAway(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "Postgres refused for 60 s, then cut off for 60 s", databaseURL, through)
	c.pause = time.Duration(often(5, 20)) * time.Millisecond
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	watch := c.watchReady()
	for _, mode := range []faultproxy.Mode{faultproxy.Refuse, faultproxy.Blackhole} {
		load.awaitLive(100)
		began := time.Now()
		c.must(proxy.Set(mode))
		c.faults++
		awaitGauge(t, c.daemon.adminURL, "usersync_database_away", 1)
		load.awaitSpooled(often(100, 1000))
		time.Sleep(time.Until(began.Add(time.Duration(often(2, 60)) * time.Second)))
		c.must(proxy.Set(faultproxy.Pass))
		awaitGauge(t, c.daemon.adminURL, "usersync_database_away", 0)
	}
	load.awaitLive(100)
	watch.allGreen()
	c.conclude(load)
}

// The daemon is killed again and again while Postgres comes and goes: what is
// spooled survives, also a start without Postgres.
func TestChaosKilledWhileAway(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "kill -9 of the daemon, Postgres comes and goes", databaseURL, through)
	c.cuttable = true
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	modes := []faultproxy.Mode{faultproxy.Refuse, faultproxy.Refuse, faultproxy.Pass, faultproxy.Blackhole, faultproxy.Pass}
	for round := range often(5, 100) {
		load.awaitAcks(50)
		c.must(proxy.Set(modes[round%len(modes)]))
		time.Sleep(rand.N(100 * time.Millisecond))
		c.kill()
		c.faults++
		c.start()
	}
	c.must(proxy.Set(faultproxy.Pass))
	load.awaitLive(50)
	c.conclude(load)
	if load.outcomes["spooled"] == 0 {
		t.Error("nothing was spooled")
	}
}

// SIGTERM while requests wait for a Postgres that does not answer: each is
// spooled, and answered 200.
func TestChaosStoppedWhileAway(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "SIGTERM, requests wait for a Postgres that is cut off", databaseURL, through)
	c.cuttable = true
	load := c.load(32, newStream(t, c.daemon.providers, "u", 200).next)
	for tries, wanted := 0, int64(often(1, 30)); c.faults < wanted; tries++ {
		if tries > 3*int(wanted) {
			t.Fatalf("daemons that stopped spooled something %d times only", c.faults)
		}
		load.awaitLive(50)
		spooled := load.count("spooled")
		c.must(proxy.Set(faultproxy.Blackhole))
		await(t, "requests in flight", func() bool { _, _, _, flying := load.counts(); return flying >= 24 })
		c.stop()
		if load.count("spooled") > spooled { // not if the disk took longer than the spool's patience
			c.faults++
		}
		c.must(proxy.Set(faultproxy.Pass))
		c.start()
	}
	load.awaitLive(50)
	c.conclude(load)
}

// Two replicas with a spool each get the same stream, each in an order of its own
// and with repetitions, while Postgres goes away.
func TestChaosTwoReplicasAway(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "two replicas, a spool each, Postgres away, one stream", databaseURL, through)
	c.pause = 10 * time.Millisecond
	twin := startProcess(t, writeConfig(t, through, hurried), databaseURL)
	same := &sameStream{next: newStream(t, c.daemon.providers, "u", 200).next, least: often(1500, 40_000)} // one in ten is a repetition
	first := c.load(16, same.shuffled())
	second := c.loadAt(func() string { return twin.url }, 16, same.shuffled())
	for round := range often(1, 4) {
		first.awaitAcks(100)
		second.awaitAcks(100)
		c.must(proxy.Set([]faultproxy.Mode{faultproxy.Refuse, faultproxy.Blackhole}[round%2]))
		first.awaitSpooled(often(100, 1000))
		second.awaitSpooled(often(100, 1000))
		c.must(proxy.Set(faultproxy.Pass))
		awaitGauge(t, c.daemon.adminURL, "usersync_database_away", 0)
		awaitGauge(t, twin.adminURL, "usersync_database_away", 0)
		c.faults++
	}
	same.end()
	first.finish()
	second.finish()
	awaitNoSpool(t, twin.adminURL)
	c.peak = twin.peakMemory()
	if code := twin.stop(); code != exitOK {
		t.Errorf("the twin: exit code %d", code)
	}
	c.conclude(first, second)
}
