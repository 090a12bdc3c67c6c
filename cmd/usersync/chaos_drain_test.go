package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
)

// While the spool is drained, next to live events, commits are applied and not
// answered, connections are reset, and the daemon is killed.
func TestChaosDrain(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	proxy, through := behind(t, databaseURL)
	c := newChaos(t, "drain: commits' answers lost, connections reset, kill -9", databaseURL, through)
	c.cuttable = true
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	lost := func() int64 { return proxy.Counts().LostCommits }
	resets := func() int64 { return proxy.Counts().Resets }
	operator, kills := session(t, databaseURL), int64(0)
	for round := range often(3, 60) {
		load.awaitLive(50)
		c.must(proxy.Set(faultproxy.Refuse))
		load.awaitSpooled(often(60, 600))
		proxy.SetDelay(0, 10*time.Millisecond) // so that there is a midst
		lostBefore := lost()
		switch round % 3 {
		case 0: // killed after a commit that it never heard of
			proxy.LoseCommits(1)
			c.must(proxy.Set(faultproxy.Pass))
			await(t, "a lost commit", func() bool { return lost() > lostBefore })
			c.kill()
			c.start()
			kills++
		case 1: // drain and live events at once
			proxy.LoseCommits(0.3)
			c.must(proxy.Set(faultproxy.Pass))
			await(t, "lost commits", func() bool { return lost() > lostBefore+2 })
		default: // cut off, then killed, in the midst of a transaction
			c.must(proxy.Set(faultproxy.Pass))
			for range often(3, 4) {
				await(t, "a reset in the midst of a transaction", func() bool {
					return operator.count("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'usersync' AND datname = current_database() AND state = 'idle in transaction'") > 0 && proxy.Reset(1) > 0
				})
			}
			time.Sleep(rand.N(time.Duration(often(200, 1000)) * time.Millisecond))
			c.kill()
			c.start()
			kills++
		}
		proxy.LoseCommits(0)
		proxy.SetDelay(0, 0)
	}
	load.awaitLive(50)
	c.faults = lost() + resets() + kills
	c.conclude(load)
	t.Logf("%d commits' answers lost, %d connections reset, %d kills", lost(), resets(), kills)
}
