package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
)

// Postgres is away and the spool is full, again and again: what cannot be kept is
// refused, and the rest is kept. A long run fills a small disk; a short one, which
// may not mount anything, has a small spool.
func TestChaosSpoolFull(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	disk := t.TempDir()
	small := "max_bytes: 64KiB"
	if long() {
		disk, small = smallDisk(t, "size=16m,mode=0777"), "max_bytes: 1GiB"
	}
	c := newChaos(t, "spool disk full, Postgres away", databaseURL, through, hurried,
		fmt.Sprintf("max_body: 16KiB\nspool: {dir: %q, %s}\n", filepath.Join(disk, "spool"), small))
	c.refusable = true
	ballast := filepath.Join(disk, "ballast")
	fillUp := func() {
		if long() {
			fill(t, ballast)
		}
	}
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	watch := c.watchReady()
	for range often(1, 10) {
		load.awaitLive(100)
		watch.await(true)
		c.must(proxy.Set(faultproxy.Refuse))
		load.awaitSpooled(20)
		fillUp()
		load.awaitRefused(50)
		watch.await(false)
		if long() { // room is made while Postgres is still away
			c.must(os.Remove(ballast))
			load.awaitSpooled(50)
			watch.await(true)
			fillUp()
			load.awaitRefused(50)
			watch.await(false)
		}
		refused := load.refusedFor()
		c.must(proxy.Set(faultproxy.Pass)) // a full spool can be drained
		watch.await(true)
		load.awaitLive(100)
		awaitNoSpool(t, c.daemon.adminURL)
		if long() {
			c.must(os.Remove(ballast))
		}
		for _, provider := range refused {
			c.daemon.awaitLog(`"provider":"`+provider+`","refused":`, 1)
		}
	}
	watch.end()
	load.end()
	c.faults = int64(load.refused)
	c.conclude(load)
	if strings.Contains(c.daemon.log.String(), "could not be read") {
		t.Error("a full disk damaged the spool")
	}
	t.Logf("%d spooled, %d refused; /readyz green %d times, red %d times", load.outcomes["spooled"], load.refused, watch.green, watch.red)
}
