package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"usersync/internal/faultproxy"
	"usersync/models"
)

// chaosEnv set to "long" makes the faults happen as often as docs/RELIABILITY.md
// says (`make chaos`); otherwise each happens a few times.
const chaosEnv = "USERSYNC_CHAOS"

func long() bool { return os.Getenv(chaosEnv) == "long" }

// often is how often something happens in a short run, and in a long one.
func often(shortly, atLength int) int {
	if long() {
		return atLength
	}
	return shortly
}

// mostMemory is what the daemon may have resident in any fault, in bytes.
const mostMemory = 150e6

// chaos is one scenario: a daemon in a process of its own, senders, and faults.
// It ends with conclude.
type chaos struct {
	t    *testing.T
	name string // as docs/RELIABILITY.md has it
	file string // the configuration
	// database is where the daemon's data is in the end, reached directly.
	database string
	daemon   *process
	url      atomic.Pointer[string] // of the daemon that runs now
	peak     int64                  // memory of all daemons so far
	faults   int64
	// cuttable says that the daemon goes away: requests without an answer are
	// no failure then.
	cuttable bool
	// refusable says that not even the spool can keep everything: a 503 is no
	// failure then.
	refusable bool
	// pause is the senders', if it is to be longer than usual.
	pause time.Duration
}

// newChaos starts a daemon that reaches its database by the second URL. The
// further settings continue the section of the database.
func newChaos(t *testing.T, name, databaseURL, through string, settings ...string) *chaos {
	t.Helper()
	if len(settings) == 0 {
		settings = []string{hurried}
	}
	text := strings.Join(settings, "")
	if !strings.Contains(text, "spool:") {
		text += fmt.Sprintf("spool: {dir: %q}\n", filepath.Join(t.TempDir(), "spool")) // the same after a restart
	}
	c := &chaos{t: t, name: name, database: databaseURL, file: writeConfig(t, through, text)}
	c.start()
	return c
}

// patiently is a setting for faults in which nobody may be spooled or answered
// 503: in a short run a machine that others keep busy is no reason for either.
func patiently() string {
	if long() {
		return hurried
	}
	return "  " + unhurried + "\n"
}

// start runs the daemon, again after its end.
func (c *chaos) start() {
	c.t.Helper()
	c.daemon = startProcess(c.t, c.file, c.database)
	c.url.Store(&c.daemon.url)
}

// kill ends the daemon as a crash does.
func (c *chaos) kill() {
	c.t.Helper()
	c.measure()
	if code := c.daemon.end(syscall.SIGKILL); code != -1 {
		c.t.Fatalf("exit code %d:\n%s", code, c.daemon.log)
	}
}

// stop ends the daemon as an operator does.
func (c *chaos) stop() {
	c.t.Helper()
	c.measure()
	if code := c.daemon.stop(); code != exitOK {
		c.t.Errorf("exit code %d:\n%s", code, c.daemon.log)
	}
	if strings.Contains(c.daemon.log.String(), "panic") {
		c.t.Errorf("it panicked:\n%s", c.daemon.log)
	}
}

func (c *chaos) measure() { c.peak = max(c.peak, c.daemon.peakMemory()) }

// behind starts a proxy in front of a Postgres and returns the URL that leads
// through it.
func behind(t *testing.T, databaseURL string) (proxy *faultproxy.Proxy, through string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	if proxy, err = faultproxy.Start(u.Host); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	u.Host = proxy.Addr()
	query := u.Query()
	query.Set("sslmode", "disable") // the proxy reads along
	u.RawQuery = query.Encode()
	return proxy, u.String()
}

// settle waits until nothing that was sent can still change anything: what was
// spooled is applied, the daemon has ended, and so have its database sessions.
func (c *chaos) settle() {
	c.t.Helper()
	awaitNoSpool(c.t, c.daemon.adminURL)
	c.stop()
	if strings.HasPrefix(c.database, "sqlite:") {
		return
	}
	sessions := session(c.t, c.database)
	await(c.t, "the end of the daemon's sessions", func() bool {
		return sessions.count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'usersync'") == 0
	})
	sessions.close()
}

// conclude lets everything come to rest, holds the database against what the
// senders know, and says how it went in one line.
func (c *chaos) conclude(senders ...*sender) {
	c.t.Helper()
	for _, s := range senders {
		s.end()
	}
	c.settle()
	db, err := models.Open(c.database, models.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	v := judge(c.t, db, senders)
	longest := time.Duration(0)
	for _, s := range senders {
		longest = max(longest, s.longest)
	}
	c.t.Logf("%s | %d acked | %d missing | %d rows wrong | %d faults | longest answer %.2f s | %d MB",
		c.name, v.acked, v.missing, v.wrong, c.faults, longest.Seconds(), c.peak/1e6)
	for _, s := range senders {
		c.t.Logf("%s: answers %v, %d answered 503, %d not answered", c.name, s.outcomes, s.refused, s.cut)
	}
	if v.missing+v.wrong > 0 || c.faults == 0 || v.acked == 0 {
		c.t.Errorf("%s: want acknowledged events, faults, nothing missing and nothing wrong:\n%s", c.name, strings.Join(v.notes, "\n"))
	}
	if c.peak > mostMemory && !raceDetector {
		c.t.Errorf("%s: the daemon took %d MB of memory", c.name, c.peak/1e6)
	}
	c.judgeRefusals(senders)
	// A short run shares the machine with other tests.
	if longest > answerLimit && long() && !strings.HasPrefix(c.database, "sqlite:") {
		c.t.Errorf("%s: an answer took %v", c.name, longest)
	}
}

// judgeRefusals fails if a request was answered 503 although there is a spool. A
// short run shares the disk with other tests, for which the spool's patience may be
// too short.
func (c *chaos) judgeRefusals(senders []*sender) {
	c.t.Helper()
	if c.refusable || strings.HasPrefix(c.database, "sqlite:") {
		return
	}
	for _, s := range senders {
		if s.hasty > 0 || long() && s.refused > 0 {
			c.t.Errorf("%s: %d were answered 503, %d of them at once", c.name, s.refused, s.hasty)
		}
	}
}

// awaitNoSpool waits until the daemon has applied what it spooled; one without a
// spool has no such metric.
func awaitNoSpool(t *testing.T, adminURL string) {
	t.Helper()
	awaitGauge(t, adminURL, "usersync_spool_records", 0)
}

// awaitGauge waits until a metric has a value; one that is not there is 0.
func awaitGauge(t *testing.T, adminURL, name string, value float64) {
	t.Helper()
	await(t, fmt.Sprintf("%s to be %v", name, value), func() bool { return gauge(t, adminURL, name) == value })
}

func gauge(t *testing.T, adminURL, name string) (value float64) {
	t.Helper()
	if _, after, found := strings.Cut(adminPage(t, adminURL+"/metrics"), "\n"+name+" "); found {
		if _, err := fmt.Sscan(after, &value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return value
}

// await looks again and again until it is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// kindOf names the kind of database.
func kindOf(databaseURL string) string {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return "SQLite"
	}
	return "Postgres"
}
