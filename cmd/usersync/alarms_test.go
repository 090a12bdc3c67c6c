package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usersync/internal/pgtest"
	usersync "usersync/sync"
)

// A provider that falls silent: everybody hears of it who should, a receiver that fails
// twice too, and that it is over.
func TestAlarmOfSilence(t *testing.T) {
	t.Parallel()
	ops := newPager(t)
	ops.refuse = 2
	url := databaseURLs["sqlite"](t)
	daemon := startConfigured(t, alarmsConfig(t, url, alarmsSection(ops, ""), ", max_silence: 2s"), url)
	raised := ops.await("provider_silent", "raised", daemon.log.String)
	if d := raised.Data; d.Provider != "authon" || !strings.Contains(d.Text, "nothing was ever verified") || !strings.Contains(d.Remedy, "usersync check") || d.Since.IsZero() {
		t.Errorf("%+v", raised)
	}
	if len(ops.tries) < 3 || ops.tries[0] != ops.tries[1] || ops.tries[1] != ops.tries[2] {
		t.Errorf("the tries have the ids %v", ops.tries)
	}
	if page := daemon.operatorsPage("/metrics"); !strings.Contains(page, `usersync_alarm{kind="provider_silent",provider="authon",severity="`) {
		t.Error("the metrics do not show it")
	}
	code, out := daemon.alarms()
	if code != exitDrift || !strings.Contains(out, "provider_silent  authon") || !strings.Contains(out, "nothing was ever verified") || !strings.Contains(out, "provider_silent authon: look at the webhook") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	var listed struct {
		Alarms []struct{ Kind, Provider, Severity, Text string }
	}
	if code, out = daemon.alarms("--json"); code != exitDrift || json.Unmarshal([]byte(out), &listed) != nil || len(listed.Alarms) != 1 || listed.Alarms[0].Kind != "provider_silent" {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if status := daemon.deliverAs("user.created", nil); status != http.StatusOK {
		t.Fatal(status)
	}
	until(t, func() bool { return strings.Contains(daemon.log.String(), `"message":"the alarm is over"`) }, daemon.log.String)
	until(t, func() bool {
		for _, one := range ops.told("provider_silent") {
			if one.Type == "usersync.alarm.cleared" {
				return true
			}
		}
		return false
	}, daemon.log.String)
}

// Deliveries that nobody believes.
func TestAlarmOfSignatures(t *testing.T) {
	t.Parallel()
	ops := newPager(t)
	url := databaseURLs["sqlite"](t)
	daemon := startConfigured(t, alarmsConfig(t, url, alarmsSection(ops, "signature_failures: 3, spool_after: 1s,"), ""), url)
	for range 3 {
		if status := daemon.deliverAs("user.created", func(_ http.Header, body []byte) []byte { return append(body, ' ') }); status != http.StatusUnauthorized {
			t.Fatal(status)
		}
	}
	raised := ops.await("signature_failures", "raised", daemon.log.String)
	if d := raised.Data; d.Severity != "critical" || d.Text != "3 deliveries were rejected within 10 minutes, and 0 were verified" || !strings.Contains(d.Remedy, "providers.authon.secrets") {
		t.Errorf("%+v", raised)
	}
}

// A dead letter, and its retry.
func TestAlarmOfDeadLetters(t *testing.T) {
	t.Parallel()
	ops := newPager(t)
	url := databaseURLs["sqlite"](t)
	daemon := startConfigured(t, alarmsConfig(t, url, alarmsSection(ops, "spool_after: 1s,"), ""), url)
	header, body := "", []byte(`{"event":"user.created","timestamp":"2026-01-15T12:00:00Z","data":{"user":{"id":"usr_1","email":"a@example.com"}}}`)
	letter := usersync.DeadLetter{
		Provider: "authon", EventID: "evt_1", Reason: "database", Detail: header, Payload: body, Origin: usersync.OriginLive,
		ReceivedAt: usersync.MicrosOf(time.Now().Add(-5 * time.Minute)), // an alarm about it is no new one
	}
	if r := newEngine(daemon.inspect(), quietLog()).Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	raised := ops.await("dead_letters", "raised", daemon.log.String)
	if d := raised.Data; d.Provider != "authon" || d.Severity != "warning" || !strings.HasPrefix(d.Text, "1 event was delivered") || !strings.HasSuffix(d.URL, "/letters?provider=authon") {
		t.Errorf("%+v", raised)
	}
	if code, out, errs := daemon.run("events", "retry", "--provider", "authon"); code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	ops.await("dead_letters", "cleared", daemon.log.String)
}

// The database is away: what waits in the spool is told though nothing can be claimed, and
// that it is over.
func TestAlarmOfTheSpool(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	ops := newPager(t)
	daemon := startConfigured(t, alarmsConfig(t, o.cluster.URL(), alarmsSection(ops, "spool_after: 1s,"), ""), o.cluster.URL())
	o.must(o.cluster.Down())
	if status := daemon.deliverAs("user.created", nil); status != http.StatusOK {
		t.Fatal(status)
	}
	raised := ops.await("spool_in_use", "raised", daemon.log.String)
	if d := raised.Data; d.Provider != "" || d.Severity != "warning" || !strings.HasPrefix(d.Text, "1 delivery waits in the spool") || !strings.Contains(d.Remedy, "bring the database back") {
		t.Errorf("%+v", raised)
	}
	if code, out := daemon.alarms(); code != exitDrift || !strings.Contains(out, "spool_in_use  -") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	o.must(o.cluster.Up())
	ops.await("spool_in_use", "cleared", daemon.log.String)
}

// Nothing takes deliveries.
func TestAlarmOfRefusals(t *testing.T) {
	t.Parallel()
	o := newOutage(t)
	ops := newPager(t)
	daemon := startConfigured(t, alarmsConfig(t, o.cluster.URL(), "spool: {enabled: false}\n"+alarmsSection(ops, "spool_after: 1s,"), ""), o.cluster.URL())
	o.must(o.cluster.Down())
	if status := daemon.deliverAs("user.created", nil); status != http.StatusServiceUnavailable {
		t.Fatal(status)
	}
	raised := ops.await("deliveries_refused", "raised", daemon.log.String)
	if d := raised.Data; d.Provider != "authon" || d.Severity != "critical" || !strings.HasPrefix(d.Text, "1 delivery was answered 503") {
		t.Errorf("%+v", raised)
	}
	o.must(o.cluster.Up())
}

// A plan that nobody applied, and deletions that were held back; each ends with what its
// remedy says.
func TestAlarmsOfReconciles(t *testing.T) {
	t.Parallel()
	ops := newPager(t)
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 40)
	rewrite(t, site.config, func(text string) string { return alarmsSection(ops, "spool_after: 1s,") + text })
	if code, _, errs := site.run(t, "authon"); code != exitOK {
		t.Fatal(errs)
	}
	daemon := startConfigured(t, site.config, site.db)
	site.drift(t)
	if code, _, _, errs := site.reconcile(t, "authon"); code != exitDrift {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	raised := ops.await("drift_held", "raised", daemon.log.String)
	if d := raised.Data; d.Provider != "authon" || !strings.Contains(d.Text, "the last plan found 4 users who differ: 1 missing, 1 changed, 1 whose suspension differs, 1 gone") || !strings.Contains(d.Remedy, "`usersync reconcile authon --apply`") {
		t.Errorf("%+v", raised)
	}
	if code, _, _, errs := site.reconcile(t, "authon", "--apply", "--max-deletes", "0"); code != exitDrift {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	held := ops.await("deletes_held", "raised", daemon.log.String)
	if d := held.Data; d.Provider != "authon" || !strings.HasPrefix(d.Text, "the last reconcile held deletions back: ") || !strings.Contains(d.URL, "/runs?provider=authon") {
		t.Errorf("%+v", held)
	}
	ops.await("drift_held", "cleared", daemon.log.String)
	if code, _, _, errs := site.reconcile(t, "authon", "--apply", "--max-deletes", "10"); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	ops.await("deletes_held", "cleared", daemon.log.String)
}

// Of two daemons on one database one tells each beginning and each end.
func TestTwoDaemonsTellOnce(t *testing.T) {
	t.Parallel()
	ops := newPager(t)
	url := pgtest.New(t)
	file := alarmsConfig(t, url, alarmsSection(ops, ""), ", max_silence: 2s")
	daemons := []*running{startConfigured(t, file, url), startConfigured(t, file, url)}
	log := func() string { return daemons[0].log.String() + daemons[1].log.String() }
	both := func(message string) func() bool {
		return func() bool {
			return strings.Contains(daemons[0].log.String(), message) && strings.Contains(daemons[1].log.String(), message)
		}
	}
	until(t, both(`"message":"alarm: nothing was ever verified`), log)
	ops.await("provider_silent", "raised", log)
	over := both(`"message":"the alarm is over"`)
	until(t, func() bool {
		// Again and again: after one delivery all are silent again before a busy machine's
		// other daemon has asked.
		if status := daemons[0].deliverAs("user.created", nil); status != http.StatusOK {
			t.Fatal(status)
		}
		return over()
	}, log)
	until(t, func() bool {
		for _, one := range ops.told("provider_silent") {
			if one.Type == "usersync.alarm.cleared" {
				return true
			}
		}
		return false
	}, log)
	for _, d := range daemons {
		d.stop() // so that all is told that is told
	}
	seen := map[string]int{}
	for _, one := range ops.told("provider_silent") {
		what := fmt.Sprint(one.Type, " ", one.Data.Since, " ", one.Data.Severity)
		if one.Type == "usersync.alarm.cleared" {
			what = fmt.Sprint(one.Type, " ", one.Data.Since)
		}
		if seen[what]++; seen[what] > 1 {
			t.Errorf("told twice: %s\n%s", what, log())
		}
	}
}

// Receivers that hang, or are gone, keep nobody waiting: another one is told, and the
// daemon stops.
func TestReceiversThatAreAway(t *testing.T) {
	t.Parallel()
	ops := newPager(t)
	hung := make(chan struct{})
	slow := newReceiver(t)
	slow.server.Close()
	hanging := newHanging(t, hung)
	url := databaseURLs["sqlite"](t)
	section := strings.Replace(alarmsSection(ops, ""), "notify: {", fmt.Sprintf("notify: {gone: {url: '%s/secret-path', secret: whsec_%s}, hangs: {url: '%s/secret-path', secret: whsec_%s}, ", slow.server.URL, actionSecret, hanging, actionSecret), 1)
	daemon := startConfigured(t, alarmsConfig(t, url, section, ", max_silence: 2s"), url)
	ops.await("provider_silent", "raised", daemon.log.String)
	until(t, func() bool { return strings.Contains(daemon.log.String(), `"address":"gone"`) }, daemon.log.String)
	select {
	case <-hung:
	case <-time.After(patience):
		t.Fatal("nothing came to the one that hangs")
	}
	if status := daemon.deliverAs("user.created", nil); status != http.StatusOK {
		t.Error(status)
	}
	if page := daemon.operatorsPage(statusPath); !strings.Contains(page, "notifications to gone are not taken: 127.0.0.1") || strings.Contains(page, "secret-path") {
		t.Error(page)
	}
	if log := daemon.log.String(); strings.Contains(log, "secret-path") {
		t.Error(log)
	}
	if code := daemon.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestAlarmsTest(t *testing.T) {
	t.Parallel()
	ops := newPager(t)
	file := alarmsConfig(t, databaseURLs["sqlite"](t), alarmsSection(ops, ""), "")
	code, out, errs := runProgram(t, "alarms", "test", "--config", file)
	if code != exitOK || !strings.HasPrefix(out, "ADDRESS  HOST") || !strings.Contains(out, "  taken\n") || len(ops.told("test")) != 1 {
		t.Errorf("exit code %d\n%s%s\n%+v", code, out, errs, ops.told("test"))
	}
	ops.refuse = 1
	code, out, errs = runProgram(t, "alarms", "test", "--json", "--config", file)
	if code != exitFailed || !strings.HasPrefix(out, `{"addresses":[{"name":"ops","host":"127.0.0.1:`) || !strings.Contains(out, `"taken":false,"error":"127.0.0.1:`) || !strings.Contains(out, "status 500") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	code, _, errs = runProgram(t, "alarms", "test", "--config", alarmsConfig(t, databaseURLs["sqlite"](t), "", ""))
	if code != exitFailed || !strings.Contains(errs, "name an address in alarms.notify") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

func TestAlarmsListWithoutADaemon(t *testing.T) {
	t.Parallel()
	url := databaseURLs["sqlite"](t)
	daemon := startConfigured(t, alarmsConfig(t, url, "", ""), url)
	if code, out := daemon.alarms(); code != exitOK || !strings.HasPrefix(out, "no alarm stands\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := daemon.alarms("--json"); code != exitOK || !strings.Contains(out, `"alarms":[]`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := daemon.alarms("--set", "admin.token=another"); code != exitFailed || !strings.Contains(out, "does not take admin.token") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := daemon.alarms("--set", "admin.token="); code != exitFailed || !strings.Contains(out, "set admin.token") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	daemon.stop()
	if code, out := daemon.alarms(); code != exitFailed || !strings.Contains(out, "no daemon answers") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, _, errs := runProgram(t, "alarms"); code != exitUsage || !strings.Contains(errs, "alarms: say list or test") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}
