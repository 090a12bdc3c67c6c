package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/internal/config"
	"usersync/internal/logtest"
	"usersync/internal/notice"
	"usersync/internal/pulse"
	"usersync/models"
	usersync "usersync/sync"
)

// hand is a clock that a test sets.
type hand struct{ at atomic.Int64 }

func newHand() *hand {
	h := &hand{}
	h.at.Store(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC).UnixNano())
	return h
}

func (h *hand) now() time.Time          { return time.Unix(0, h.at.Load()).UTC() }
func (h *hand) elapse(by time.Duration) { h.at.Add(int64(by)) }

// unhurriedly is a database that is waited for as long as it takes. A replica that waits in
// vain goes by what it knows alone, and tells what another has told: on a machine that hangs,
// too, which is nothing that these tests are about.
type unhurriedly struct {
	usersync.Activities
	usersync.Notices
}

func (u unhurriedly) NoteActivity(ctx context.Context, verified map[string]usersync.Micros, at usersync.Micros) (map[string]usersync.Activity, error) {
	return u.Activities.NoteActivity(context.WithoutCancel(ctx), verified, at)
}

func (u unhurriedly) ClaimNotice(ctx context.Context, id string, at usersync.Micros) (bool, error) {
	return u.Notices.ClaimNotice(context.WithoutCancel(ctx), id, at)
}

// lookout is the watch of one replica, which looks when the test says so.
type lookout struct {
	*watch
	t       *testing.T
	metrics *handlers.Metrics
	logged  *logtest.Log
}

func newLookout(t *testing.T, replica, databaseURL, file string, clock *hand) *lookout {
	t.Helper()
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := &lookout{t: t, logged: &logtest.Log{}}
	past := pulse.New(clock.now)
	l.metrics = handlers.NewMetrics("test", past)
	log := zerolog.New(l.logged)
	l.watch = &watch{
		log: log, clock: clock.now, started: clock.now(), meters: l.metrics, pulse: past, activities: unhurriedly{db.Activities(), db.Notices()}, durable: &durability{},
		census: func() (*usersync.Census, time.Time, error) { return nil, time.Time{}, nil },
	}
	l.office = &notice.Office{
		Sender: notice.Sender{Replica: replica, URL: l.page}, Claims: unhurriedly{db.Activities(), db.Notices()}, Clock: clock.now,
		Log: slog.New(zerolog.NewSlogHandler(log)),
	}
	t.Cleanup(l.office.Stop)
	l.load(file)
	return l
}

func (l *lookout) load(file string) {
	l.t.Helper()
	c, err := config.Load(config.Options{File: file, NeedProviders: true})
	if err != nil {
		l.t.Fatal(err)
	}
	l.metrics.Providers(providerNames(c))
	l.replace(c)
}

// once looks once and returns the kinds of the alarms that stand.
func (l *lookout) once() string {
	l.look(l.t.Context(), l.config.Load())
	var kinds []string
	for _, a := range l.Standing() {
		kinds = append(kinds, string(a.Kind))
	}
	return strings.Join(kinds, " ")
}

func (p *pager) count(kind, typ string) (n int) {
	for _, one := range p.told(kind) {
		if one.Type == "usersync.alarm."+typ {
			n++
		}
	}
	return n
}

// Of two replicas one gets no traffic: neither alarms while the other hears something.
// When nobody does both alarm, with one beginning, and one of them tells it; so with the
// end.
func TestAReplicaWithoutTraffic(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		clock, ops := newHand(), newPager(t)
		file := alarmsConfig(t, databaseURL, alarmsSection(ops, ""), ", max_silence: 1h")
		a, b := newLookout(t, "a", databaseURL, file, clock), newLookout(t, "b", databaseURL, file, clock)
		log := func() string { return a.logged.String() + b.logged.String() }
		for n := range 60 { // five hours
			if n%11 == 0 { // every 55 minutes
				a.metrics.Heard("authon", usersync.MicrosOf(clock.now()))
			}
			clock.elapse(5 * time.Minute)
			for _, one := range []*lookout{a, b} {
				if standing := one.once(); standing != "" {
					t.Fatalf("look %d: %s\n%s", n, standing, log())
				}
			}
		}
		for range 13 {
			clock.elapse(5 * time.Minute)
			a.once()
			b.once()
		}
		if a.once() != "provider_silent" || b.once() != "provider_silent" || !a.Standing()[0].Since.Equal(b.Standing()[0].Since) {
			t.Fatalf("%+v\n%+v", a.Standing(), b.Standing())
		}
		ops.await("provider_silent", "raised", log)
		// b hears of it by the database alone.
		clock.elapse(time.Minute)
		a.metrics.Heard("authon", usersync.MicrosOf(clock.now()))
		if a.once() != "" || b.once() != "" {
			t.Errorf("%+v\n%+v", a.Standing(), b.Standing())
		}
		ops.await("provider_silent", "cleared", log)
		a.office.Stop()
		b.office.Stop()
		if raised, cleared := ops.count("provider_silent", "raised"), ops.count("provider_silent", "cleared"); raised != 1 || cleared != 1 {
			t.Errorf("%d raised, %d cleared\n%s", raised, cleared, log())
		}
		for _, one := range []*lookout{a, b} {
			if text := one.logged.String(); strings.Count(text, `"message":"alarm: nothing was verified`) != 1 || strings.Count(text, `"message":"the alarm is over"`) != 1 {
				t.Error(text)
			}
		}
		if at := b.Activity("authon").Verified; at != a.Activity("authon").Verified || at == 0 {
			t.Errorf("b knows of %v", at)
		}
	})
}

// What happened in the last 10 minutes is an alarm, and then no more.
func TestAlarmsAboutDeliveriesEnd(t *testing.T) {
	t.Parallel()
	clock, ops := newHand(), newPager(t)
	url := databaseURLs["sqlite"](t)
	l := newLookout(t, "a", url, alarmsConfig(t, url, alarmsSection(ops, "signature_failures: 2,"), ""), clock)
	if standing := l.once(); standing != "" {
		t.Fatal(standing)
	}
	l.pulse.Note("authon", func(p *pulse.Point) { p.Rejected, p.Refused = 2, 1 })
	if standing := l.once(); standing != "deliveries_refused signature_failures" {
		t.Fatal(standing)
	}
	ops.await("signature_failures", "raised", l.logged.String)
	ops.await("deliveries_refused", "raised", l.logged.String)
	clock.elapse(8 * time.Minute)
	if standing := l.once(); standing != "deliveries_refused signature_failures" {
		t.Error(standing)
	}
	clock.elapse(4 * time.Minute)
	if standing := l.once(); standing != "" {
		t.Error(standing)
	}
	ops.await("signature_failures", "cleared", l.logged.String)
	ops.await("deliveries_refused", "cleared", l.logged.String)
}

// A reload: who left the configuration has no alarm, and other rules hold.
func TestReloadOfAlarms(t *testing.T) {
	t.Parallel()
	clock, ops := newHand(), newPager(t)
	url := databaseURLs["sqlite"](t)
	file := alarmsConfig(t, url, alarmsSection(ops, ""), ", max_silence: 1h")
	l := newLookout(t, "a", url, file, clock)
	l.once()
	clock.elapse(2 * time.Hour)
	if standing := l.once(); standing != "provider_silent" {
		t.Fatal(standing)
	}
	ops.await("provider_silent", "raised", l.logged.String)
	rewrite(t, file, func(text string) string { return strings.Replace(text, "  authon: {", "  renamed: {", 1) })
	l.load(file)
	if standing := l.once(); standing != "" {
		t.Error(standing)
	}
	ops.await("provider_silent", "cleared", l.logged.String)
}

// Who left the configuration and comes back was not silent while nobody listened.
func TestAProviderThatComesBack(t *testing.T) {
	t.Parallel()
	clock, ops := newHand(), newPager(t)
	url := databaseURLs["sqlite"](t)
	file := alarmsConfig(t, url, alarmsSection(ops, ""), ", max_silence: 1h")
	l := newLookout(t, "a", url, file, clock)
	rename := func(from, to string) {
		rewrite(t, file, func(text string) string { return strings.Replace(text, "  "+from+": {", "  "+to+": {", 1) })
		l.load(file)
	}
	l.once()
	rename("authon", "renamed")
	l.once()
	clock.elapse(100 * time.Hour)
	rename("renamed", "authon")
	for n := range 70 {
		if standing := l.once(); standing != "" && n <= 60 {
			t.Fatalf("after %d minutes: %s", n, standing)
		}
		l.load(file) // a reload that changes nothing
		clock.elapse(time.Minute)
	}
	if standing := l.once(); standing != "provider_silent" {
		t.Errorf("%q", standing)
	}
}

// deaf is a database that does not tell what other replicas verified.
type deaf struct{}

func (deaf) NoteActivity(context.Context, map[string]usersync.Micros, usersync.Micros) (map[string]usersync.Activity, error) {
	return nil, errors.New("away")
}

// What others verified is not known: that is no silence, but after a while it is said.
func TestSilenceThatCannotBeJudged(t *testing.T) {
	t.Parallel()
	clock := newHand()
	url := databaseURLs["sqlite"](t)
	l := newLookout(t, "a", url, alarmsConfig(t, url, "", ", max_silence: 1h"), clock)
	l.activities = deaf{}
	for n := range 100 {
		if standing, trouble := l.once(), fmt.Sprint(l.Trouble()); standing != "" || strings.Contains(trouble, "is not known") != (n >= 5) {
			t.Fatalf("after %d minutes: %q, %s", n, standing, trouble)
		}
		clock.elapse(time.Minute)
	}
	if n := strings.Count(l.logged.String(), "whether providers are silent is not known"); n != 1 {
		t.Errorf("said %d times\n%s", n, l.logged)
	}
}

// An outage is longer than max_silence. The first replica that is back has heard nothing
// itself, and the other one did not yet say what it verified meanwhile: that is no silence.
func TestAnOutageIsNoSilence(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		clock, ops := newHand(), newPager(t)
		file := alarmsConfig(t, databaseURL, alarmsSection(ops, ""), ", max_silence: 30m")
		a, b := newLookout(t, "a", databaseURL, file, clock), newLookout(t, "b", databaseURL, file, clock)
		a.metrics.Heard("authon", usersync.MicrosOf(clock.now()))
		both := func(when string) {
			t.Helper()
			for _, one := range []*lookout{b, a} {
				if standing := one.once(); standing != "" {
					t.Fatalf("%s: %s", when, standing)
				}
			}
		}
		both("before")
		there := [2]usersync.Activities{a.activities, b.activities}
		a.activities, b.activities = deaf{}, deaf{}
		for range 60 {
			clock.elapse(time.Minute)
			a.metrics.Heard("authon", usersync.MicrosOf(clock.now())) // into the spool
			both("during")
		}
		b.activities = there[1]
		clock.elapse(15 * time.Second)
		both("b is back")
		a.activities = there[0]
		clock.elapse(15 * time.Second)
		both("a is back")
		// From then on silence is one again.
		for range 31 {
			clock.elapse(time.Minute)
			a.once()
			b.once()
		}
		if a.once() != "provider_silent" || b.once() != "provider_silent" {
			t.Errorf("%v\n%v", a.Standing(), b.Standing())
		}
	})
}

// A reload gives the spool no more room, whatever the file says: it takes a restart.
func TestReloadGivesTheSpoolNoRoom(t *testing.T) {
	t.Parallel()
	clock := newHand()
	url := databaseURLs["postgres"](t)
	file := alarmsConfig(t, url, "spool: {dir: "+t.TempDir()+", max_bytes: 64MiB}\n", "")
	l := newLookout(t, "a", url, file, clock)
	db, err := models.Open(url, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	durable, err := newDurability(l.config.Load(), db, newEngine(db, zerolog.Nop()), nil, zerolog.Nop(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = durable.close() })
	l.durable = durable
	rewrite(t, file, func(text string) string { return strings.Replace(text, "64MiB", "900MiB", 1) })
	l.load(file)
	if seen := l.observe(l.config.Load(), clock.now()); seen.Spool == nil || seen.Spool.MaxBytes != 64<<20 || spoolView(durable).MaxBytes != 64<<20 {
		t.Errorf("%+v", seen.Spool)
	}
}

// How often is looked goes by the shortest time that the rules have.
func TestHowOftenIsLooked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		top, provider string
		look          time.Duration
	}{
		{"", "", 5 * time.Second},
		{"alarms: {spool_after: 8s}\n", "", 2 * time.Second},
		{"alarms: {spool_after: 0s}\n", "", 250 * time.Millisecond},
		{"", ", max_silence: 4s", time.Second},
		{"", ", max_silence: 24h", 5 * time.Second},
	} {
		loaded, err := config.Load(config.Options{File: alarmsConfig(t, "sqlite:x.db", c.top, c.provider), NeedProviders: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := lookEvery(loaded); got != c.look || rulesOf(loaded).Late != 3*c.look {
			t.Errorf("%s%s: %v, late %v", c.top, c.provider, got, rulesOf(loaded).Late)
		}
	}
}
