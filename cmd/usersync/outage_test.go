package main

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// The shortest timeout of a sender that is known is 5 s.
const answerLimit = 3 * time.Second

// outage is a Postgres of its own that comes and goes, and the users whose events
// were acknowledged.
type outage struct {
	t            *testing.T
	cluster      *pgtest.Cluster
	acknowledged map[usersync.UserKey]bool
	quickest     time.Duration // of the answers of one outage: one may meet a busy machine
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	cluster, err := pgtest.Start(pgtest.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	return &outage{t: t, cluster: cluster, acknowledged: map[usersync.UserKey]bool{}}
}

func (o *outage) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// send posts one new user of authara, whose senders try three times within three
// seconds, and checks the answer's form and time.
func (o *outage) send(daemon *running, user string) (status int, answer string) {
	o.t.Helper()
	header, body, err := daemon.providers["authara"].Build("user.created", providers.Sample{UserID: user, EventID: user, Time: time.Now()})
	o.must(err)
	request, err := http.NewRequest(http.MethodPost, daemon.url+"/webhooks/authara", strings.NewReader(string(body)))
	o.must(err)
	request.Header = header
	began := time.Now()
	response, err := http.DefaultClient.Do(request)
	o.must(err)
	defer response.Body.Close()
	o.quickest = min(o.quickest, time.Since(began))
	text, err := io.ReadAll(response.Body)
	o.must(err)
	switch response.StatusCode {
	case http.StatusOK:
		o.acknowledged[usersync.UserKey{Provider: "authara", UserID: user}] = true
	case http.StatusServiceUnavailable:
		if response.Header.Get("Retry-After") == "" {
			o.t.Errorf("%s got a 503 without Retry-After", user)
		}
	default:
		o.t.Errorf("%s got %d", user, response.StatusCode)
	}
	return response.StatusCode, string(text)
}

// insist sends a user as often as authara does, until it is taken: a disk or a machine that
// hangs for longer than a request may take to be spooled is answered with a 503. refused
// counts those.
func (o *outage) insist(daemon *running, user string) (answer string, refused int) {
	o.t.Helper()
	for range 3 {
		var status int
		if status, answer = o.send(daemon, user); status == http.StatusOK {
			break
		}
		refused++
	}
	return answer, refused
}

// spools sends users who must be spooled.
func (o *outage) spools(daemon *running, prefix string, count int) {
	o.t.Helper()
	o.quickest = answerLimit
	for i := range count {
		if answer, _ := o.insist(daemon, fmt.Sprint(prefix, i)); answer != `{"received":true,"outcome":"spooled"}` {
			o.t.Errorf("%s%d: %s", prefix, i, answer)
		}
	}
	o.inTime()
}

// inTime says that no answer of an outage came within the limit.
func (o *outage) inTime() {
	o.t.Helper()
	if o.quickest >= answerLimit {
		o.t.Errorf("no answer within %v", answerLimit)
	}
}

// settled waits until every acknowledged user has a row and a claim.
func (o *outage) settled(db *models.DB) {
	o.t.Helper()
	var missing []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		users, err := db.Users(o.t.Context())
		o.must(err)
		events, err := db.ProcessedEvents(o.t.Context())
		o.must(err)
		rows, claims := map[usersync.UserKey]bool{}, map[usersync.UserKey]bool{}
		for _, u := range users {
			rows[usersync.UserKey{Provider: u.Provider, UserID: u.ProviderUserID}] = true
		}
		for _, e := range events {
			claims[usersync.UserKey{Provider: e.Provider, UserID: e.ProviderUserID}] = true
		}
		missing = missing[:0]
		for key := range o.acknowledged {
			if !rows[key] || !claims[key] {
				missing = append(missing, key.UserID)
			}
		}
		if len(missing) == 0 {
			return
		}
	}
	o.t.Errorf("acknowledged and missing: %v", missing)
}

func metricsOf(t *testing.T, daemon *running) string { return adminPage(t, daemon.adminURL+"/metrics") }

func adminPage(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// ready reports whether the daemon says that it takes deliveries.
func ready(t *testing.T, daemon *running) bool {
	t.Helper()
	response, err := http.Get(daemon.adminURL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// awaitAnswer waits until what holds.
func awaitAnswer(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// While Postgres is away, one of two replicas spools and the other has no spool:
// it answers 503. Once it is back both take deliveries, and nothing that got a
// 200 is missing, though the server was crashed and not stopped.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	spooling := startDaemon(t, o.cluster.URL(), hurried)
	without := startDaemon(t, o.cluster.URL(), hurried+"spool: {enabled: false}\n")
	for round := range 3 {
		for name, daemon := range map[string]*running{"spooling": spooling, "without": without} {
			awaitAnswer(t, "the "+name+" replica is back", func() bool {
				_, answer := o.send(daemon, fmt.Sprintf("%s_before_%d_%d", name, round, time.Now().UnixNano()))
				return strings.Contains(answer, "applied")
			})
		}
		o.must(o.cluster.Down())
		o.quickest = answerLimit
		for i := range 3 {
			if status, _ := o.send(without, fmt.Sprintf("away_%d_%d", round, i)); status != http.StatusServiceUnavailable {
				t.Errorf("round %d: %d without a database", round, status)
			}
		}
		o.inTime()
		o.spools(spooling, fmt.Sprintf("spooled_%d_", round), 3)
		if !ready(t, spooling) {
			t.Error("not ready, though the spool takes deliveries")
		}
		awaitAnswer(t, "not ready without a database", func() bool { return !ready(t, without) })
		o.must(o.cluster.Up())
	}
	o.settled(spooling.inspect())
}

// A daemon that is killed while the database is away, and started while it still
// is, applies what was spooled before and after.
func TestKilledWhilePostgresIsAway(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	file := writeConfig(t, o.cluster.URL(), hurried+fmt.Sprintf("spool: {dir: %q}\n", filepath.Join(t.TempDir(), "spool")))
	killed := startProcess(t, file, o.cluster.URL())
	o.send(&killed.running, "before")
	o.must(o.cluster.Down())
	o.spools(&killed.running, "spooled", 50)
	killed.end(syscall.SIGKILL)
	restarted := startProcess(t, file, o.cluster.URL())
	if !ready(t, &restarted.running) {
		t.Error("not ready, though the spool takes deliveries")
	}
	o.spools(&restarted.running, "later", 50)
	o.must(o.cluster.Up())
	o.settled(restarted.inspect())
	if code := restarted.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "spool", "*.spool")); len(left) != 0 {
		t.Errorf("the spool still holds %v", left)
	}
}

// The first start of all without a database: its schema is made when it comes.
func TestStartedBeforePostgres(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	o.must(o.cluster.Down())
	daemon := startDaemon(t, o.cluster.URL(), hurried)
	o.spools(daemon, "early", 20)
	o.must(o.cluster.Up())
	awaitAnswer(t, "the database is used", func() bool {
		_, answer := o.send(daemon, fmt.Sprint("later_", time.Now().UnixNano()))
		return strings.Contains(answer, "applied")
	})
	o.settled(daemon.inspect())
	awaitAnswer(t, "a word of the migrations", func() bool { return strings.Contains(daemon.log.String(), "migration applied") })
}

// Why the database is not used changes: the log and readiness say what it is now.
func TestTheCauseOfAnOutageIsTheLatest(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	o.must(o.cluster.Down())
	file := writeConfig(t, o.cluster.URL(), hurried)
	rewrite(t, file, func(text string) string { return strings.Replace(text, "migrate: true", "migrate: false", 1) })
	daemon := startConfigured(t, file, o.cluster.URL())
	o.spools(daemon, "early", 3)
	o.must(o.cluster.Up())
	awaitAnswer(t, "a word on the migrations", func() bool { return strings.Contains(daemon.log.String(), "usersync migrate up") })
	// A look that took too long would be the cause for a moment.
	awaitAnswer(t, "readiness that says the same", func() bool {
		page := adminPage(t, daemon.adminURL+"/readyz?verbose")
		return strings.Contains(page, "pending: run `usersync migrate up`") && !strings.Contains(page, "refused")
	})
	if code, out, errs := daemon.run("migrate", "up"); code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	o.settled(daemon.inspect())
}

// A spool that is full refuses, and the operator hears what to do when the
// database is back.
func TestSpoolFull(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	daemon := startDaemon(t, o.cluster.URL(), hurried+fmt.Sprintf("max_body: 4KiB\nspool: {dir: %q, max_bytes: 8KiB}\n", filepath.Join(t.TempDir(), "spool")))
	o.must(o.cluster.Down())
	refused, refusals := "", 0
	for i := 0; refused == ""; i++ {
		user := fmt.Sprint("u", i)
		answer, times := o.insist(daemon, user)
		if refusals += times; !strings.Contains(answer, "spooled") {
			refused = user
		}
		if i > 1000 {
			t.Fatal("8 KiB never end")
		}
	}
	awaitAnswer(t, "not ready with a full spool", func() bool { return !ready(t, daemon) })
	o.must(o.cluster.Up())
	o.settled(daemon.inspect())
	awaitAnswer(t, "a word on the refused", func() bool {
		return strings.Contains(daemon.log.String(), fmt.Sprintf(`"provider":"authara","refused":%d,`, refusals))
	})
	if n := strings.Count(daemon.log.String(), "senders get 503"); n != 1 {
		t.Errorf("it is said %d times that senders get 503", n)
	}
	if page := metricsOf(t, daemon); !strings.Contains(page, fmt.Sprintf("usersync_refused_deliveries_total{provider=\"authara\"} %d\n", refusals)) || !strings.Contains(page, "usersync_spool_max_bytes 8192") {
		t.Error(page)
	}
	if answer, _ := o.insist(daemon, refused); !strings.Contains(answer, "applied") && !strings.Contains(answer, "spooled") {
		t.Errorf("%s afterwards", answer)
	}
}

// What was spooled for a provider that has been taken out of the configuration
// since becomes a dead letter, and an event again once it is back.
func TestSpooledForAProviderThatIsGone(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	file := writeConfig(t, o.cluster.URL(), hurried+fmt.Sprintf("spool: {dir: %q}\n", filepath.Join(t.TempDir(), "spool")))
	first := startConfigured(t, file, o.cluster.URL())
	o.must(o.cluster.Down())
	o.spools(first, "u", 3)
	if code := first.stop(); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	before := rewrite(t, file, func(text string) string { return strings.Replace(text, "  authara:\n", "  other:\n", 1) })
	without := startConfigured(t, file, o.cluster.URL())
	o.must(o.cluster.Up())
	db := without.inspect()
	var letters []models.DeadLetter
	awaitAnswer(t, "dead letters", func() bool {
		var err error
		letters, err = db.DeadLetters(t.Context(), 10)
		return err == nil && len(letters) == 3
	})
	if l := letters[0]; l.Provider != "authara" || l.Reason != "unknown_provider" || len(l.Payload) == 0 || l.Origin != "spool" {
		t.Errorf("%+v", l)
	}
	rewrite(t, file, func(string) string { return before })
	if code, out, errs := without.run("events", "retry", "--provider", "authara"); code != exitOK {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	o.settled(db)
}

// A database that answers and takes no writes is away from the start on, and not back before
// it does.
func TestADatabaseThatIsReadOnlyIsAway(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	execute(t, o.cluster.URL(), "ALTER DATABASE postgres SET default_transaction_read_only = on")
	daemon := startDaemon(t, o.cluster.URL(), hurried)
	o.spools(daemon, "early", 3)
	if page := adminPage(t, daemon.adminURL+"/readyz?verbose"); !strings.Contains(page, "the database takes no writes") || !strings.Contains(page, "name the server that takes writes") {
		t.Errorf("readiness says\n%s", page)
	}
	if log := daemon.log.String(); strings.Contains(log, "the database is back") {
		t.Errorf("it is back, and takes no writes\n%s", log)
	}
	execute(t, o.cluster.URL(), "SET default_transaction_read_only = off", "ALTER DATABASE postgres RESET default_transaction_read_only")
	awaitAnswer(t, "the database is used", func() bool { return strings.Contains(daemon.log.String(), "the database is back") })
	o.settled(daemon.inspect())
}
