package main

import (
	"fmt"
	"net/url"
	"testing"

	"usersync/internal/pgtest"
)

// pair is a primary that confirms nothing before its standby has it.
type pair struct {
	t                *testing.T
	primary, standby *pgtest.Cluster
	// both is the URL that leads to whichever takes writes.
	both string
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t}
	var err error
	p.primary, err = pgtest.Start(pgtest.Options{Settings: map[string]string{"synchronous_standby_names": pgtest.StandbyName}})
	p.must(err)
	t.Cleanup(func() { p.must(p.primary.Stop()) })
	p.standby, err = p.primary.Standby()
	p.must(err)
	t.Cleanup(func() { p.must(p.standby.Stop()) })
	u, err := url.Parse(p.primary.URL())
	p.must(err)
	other, err := url.Parse(p.standby.URL())
	p.must(err)
	p.both = fmt.Sprintf("postgres://postgres@%s,%s/postgres?sslmode=disable&target_session_attrs=read-write&connect_timeout=1", u.Host, other.Host)
	return p
}

func (p *pair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// fail kills the primary and promotes the standby. The promoted one confirms
// nothing before rejoin.
func (p *pair) fail() {
	p.t.Helper()
	p.must(p.primary.Down()) // it may be down already
	p.must(p.standby.Promote())
	p.primary, p.standby = p.standby, p.primary
}

// rejoin brings the killed server back as the standby, without what it alone had.
func (p *pair) rejoin() {
	p.t.Helper()
	p.must(p.standby.Follow(p.primary))
}

// The primary is killed and its synchronous standby promoted, again and again,
// and the daemon goes on without a restart.
func TestChaosFailover(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	c := newChaos(t, "primary killed, synchronous standby promoted", p.primary.URL(), p.both)
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	for range often(1, 10) {
		load.awaitLive(100)
		p.fail()
		c.faults++
		load.awaitSpooled(1)
		p.rejoin()
	}
	load.awaitLive(100)
	c.database = p.primary.URL()
	c.conclude(load)
}

// The standby is lost, and the waits for it are cancelled, by the daemon's
// deadline and by an operator: Postgres reports such a commit as done, with a
// warning. Then the primary is lost too, and the standby comes back and takes its
// place, without what was never confirmed.
func TestChaosStandbyLost(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	c := newChaos(t, "standby lost, wait for it cancelled, primary lost", p.primary.URL(), p.both)
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	for range often(1, 10) {
		load.awaitLive(100)
		p.must(p.standby.Down())
		operator := session(t, p.primary.URL())
		for cancelled := 0; cancelled < often(1, 5); {
			if operator.count("SELECT count(*) FROM (SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS waits WHERE done") > 0 {
				cancelled++
				c.faults++
				load.awaitSpooled(1)
			}
		}
		operator.close()
		p.must(p.primary.Down())
		p.must(p.standby.Up())
		p.fail()
		p.rejoin()
	}
	load.awaitLive(100)
	c.database = p.primary.URL()
	c.conclude(load)
}
