package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/providers"
)

// One transaction in ten meets a serialization failure or a deadlock as it
// writes, here raised by a trigger with the server's own codes.
func TestChaosConflicts(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	c := newChaos(t, "deadlock or serialization failure in 10 % of transactions", databaseURL, databaseURL, patiently())
	operator := session(t, databaseURL)
	operator.exec(
		"CREATE SEQUENCE conflicts",
		`CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF random() < 0.1 THEN
				IF nextval('conflicts') % 2 = 0 THEN
					RAISE EXCEPTION 'injected' USING ERRCODE = 'deadlock_detected';
				END IF;
				RAISE EXCEPTION 'injected' USING ERRCODE = 'serialization_failure';
			END IF;
			RETURN NULL;
		END $$`,
		"CREATE TRIGGER conflict BEFORE INSERT ON usersync.processed_events FOR EACH STATEMENT EXECUTE FUNCTION conflict()")
	load := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	// What a sequence gave is not taken back by a rollback.
	conflicts := func() int64 {
		return operator.count("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM conflicts")
	}
	await(t, "conflicts", func() bool { return conflicts() >= int64(often(10, 1000)) })
	load.awaitAcks(50)
	load.end()
	c.faults = conflicts()
	c.conclude(load)
	if n := load.outcomes["spooled"]; n > 0 && long() {
		t.Errorf("%d were spooled", n)
	}
}

// An app session holds a users row. Its user's events are spooled, and applied once
// the app has let go; nobody else waits.
func TestChaosHeldRow(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	c := newChaos(t, "an app session holds a users row for 10 s", databaseURL, databaseURL)
	authara := c.daemon.providers["authara"]
	event := func(n int) webhook {
		h, err := signed(authara, "user.created", providers.Sample{UserID: "held", EventID: fmt.Sprintf("held_%d", n), Time: time.Now()}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	before := c.load(1, each([]webhook{event(0)}))
	before.finish()
	app := session(t, databaseURL)
	await(t, "the row", func() bool { // a busy machine may spool even this
		return app.count("SELECT count(*) FROM users WHERE provider_user_id = 'held'") > 0
	})
	app.exec("BEGIN", "SELECT * FROM users WHERE provider_user_id = 'held' FOR UPDATE")
	held := time.Now()
	others := c.load(16, newStream(t, c.daemon.providers, "u", 200).next)
	waiting := c.load(4, func() (webhook, bool) { return webhook{}, false })
	n := 0
	for time.Since(held) < time.Duration(often(1, 10))*time.Second || waiting.count("spooled") < 2 {
		n++
		waiting.post(event(n))
	}
	others.awaitLive(200) // while the row is held, and what was spooled is tried again and again
	letGo := time.Since(held)
	spooled := waiting.count("spooled")
	if waits := gauge(t, c.daemon.adminURL, "usersync_spool_records"); waits < float64(spooled) {
		t.Errorf("%v of %d spooled events wait for the row", waits, spooled)
	}
	app.exec("ROLLBACK")
	if spooled+waiting.refused != n { // who is refused at once is seen by conclude
		t.Errorf("of %d events for the held row %v, and %d refused", n, waiting.outcomes, waiting.refused)
	}
	c.faults = int64(n)
	last := n
	after := c.load(1, func() (webhook, bool) { last++; return event(last), true })
	await(t, "an event that is applied at once after the app let go", func() bool { return after.count("applied") > 0 })
	after.end()
	c.conclude(others, before, waiting, after)
	// A short run shows it by the acknowledgements that came meanwhile.
	if spooled := others.outcomes["spooled"]; long() && (spooled > 0 || others.longest > time.Second) {
		t.Errorf("others were not to wait: %d spooled, longest %v, held for %v", spooled, others.longest, letGo)
	}
	t.Logf("%d events for the held row within %v: longest answer %v, of the others %v", n, letGo, waiting.longest, others.longest)
}

// Two replicas on one database get the same stream, each in an order of its own
// and with repetitions: each event is applied once.
func TestChaosTwoReplicas(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	c := newChaos(t, "two replicas, one stream, shuffled and repeated", databaseURL, databaseURL, patiently())
	twin := startProcess(t, writeConfig(t, databaseURL, patiently()), databaseURL)
	var hooks []webhook
	made := newStream(t, c.daemon.providers, "u", 200)
	for range often(1000, 20_000) {
		h, _ := made.next() // one in ten is a repetition
		hooks = append(hooks, h)
	}
	first := c.load(16, each(shuffled(hooks)))
	second := c.loadAt(func() string { return twin.url }, 16, each(shuffled(hooks)))
	first.finish()
	second.finish()
	awaitNoSpool(t, twin.adminURL)
	c.peak = twin.peakMemory()
	if code := twin.stop(); code != exitOK {
		t.Errorf("the twin: exit code %d", code)
	}
	said := 0
	for _, s := range []*sender{first, second} {
		said += s.outcomes["applied"] + s.outcomes["stale"]
		c.faults += int64(s.outcomes["duplicate"])
	}
	c.conclude(first, second)
	if claims := len(first.sent); said != claims || len(second.sent) != claims {
		t.Errorf("%d answers applied or stale of %d events", said, claims)
	}
}

func shuffled(hooks []webhook) []webhook {
	hooks = slices.Clone(hooks)
	rand.Shuffle(len(hooks), func(i, j int) { hooks[i], hooks[j] = hooks[j], hooks[i] })
	return hooks
}

// One event arrives very often at once: one applies it, one claim stands.
func TestChaosOneEventAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		times := often(500, 10_000)
		c := newChaos(t, fmt.Sprintf("one event %d times at once, %s", times, kindOf(databaseURL)), databaseURL, databaseURL, patiently())
		h, err := signed(c.daemon.providers["authon"], "user.created", providers.Sample{UserID: "one", EventID: "one", Time: time.Now()}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		hooks := make([]webhook, times)
		for i := range hooks {
			hooks[i] = h
		}
		crowd := c.load(often(100, 500), each(hooks))
		crowd.finish()
		c.faults = int64(times - 1)
		c.conclude(crowd)
		if crowd.outcomes["applied"] != 1 || crowd.outcomes["duplicate"] != times-1 {
			t.Errorf("answers %v, %d refused", crowd.outcomes, crowd.refused)
		}
	})
}
