package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
	usersync "usersync/sync"
)

func quietLog() zerolog.Logger { return zerolog.New(io.Discard) }

// A receiver that fails in every way gets the message in the end, signed anew each
// time and with the same id; nothing of the address but the host is logged.
func TestMessagesArriveInTheEnd(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		elsewhere := newReceiver(t)
		app := newReceiver(t)
		hang := make(chan struct{})
		defer close(hang)
		app.answers(func(w http.ResponseWriter, r *http.Request, n int) {
			switch n {
			case 1:
				w.WriteHeader(http.StatusInternalServerError)
			case 2:
				http.Redirect(w, r, elsewhere.server.URL+"/secret-path", http.StatusTemporaryRedirect)
			case 3: // slower than its timeout
				select {
				case <-hang:
				case <-r.Context().Done():
				}
			case 4: // cut off
				panic(http.ErrAbortHandler)
			default:
				w.WriteHeader(http.StatusAccepted)
			}
		})
		postMessages(t, databaseURL, "u1", "m1")
		file := actionsConfig(t, databaseURL, app.server.URL)
		rewrite(t, file, func(text string) string { return strings.Replace(text, "timeout: 30s", "timeout: 8s", 1) })
		daemon := startConfigured(t, file, databaseURL)
		untilSent(t, databaseURL, daemon.log, "m1")
		kept := messages(t, databaseURL)["m1"]
		if app.tries("m1") != 5 || elsewhere.tries("m1") != 0 || kept.Attempts != 5 || kept.Body != nil || kept.UserID != "" {
			t.Errorf("%d tries, %d elsewhere, %+v", app.tries("m1"), elsewhere.tries("m1"), kept)
		}
		var page string
		until(t, func() bool { // it is counted after it is stored
			page = metricsOf(t, daemon)
			return strings.Contains(page, `usersync_action_messages_total{action="notify.chat",outcome="sent"} 1`)
		}, func() string { return page })
		for _, line := range []string{
			`usersync_action_messages_total{action="notify.chat",outcome="failed"} 4`,
			`usersync_action_messages_total{action="notify.chat",outcome="given_up"} 0`,
		} {
			if !strings.Contains(page, line) {
				t.Errorf("no %s", line)
			}
		}
		if log := daemon.log.String(); !strings.Contains(log, "a message was not taken") || strings.Contains(log, "secret-path") || strings.Contains(log, `"of"`) {
			t.Error(log)
		}
	})
}

// kill -9 between sending and noting that: the message is sent twice, with one id.
func TestKilledBetweenSendingAndNoting(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		app := newReceiver(t)
		taken, release := make(chan struct{}, 1), make(chan struct{})
		app.answers(func(_ http.ResponseWriter, _ *http.Request, n int) {
			if n == 1 {
				taken <- struct{}{} // the app has it, and the daemon does not know
				<-release
			}
		})
		postMessages(t, databaseURL, "", "m1")
		file := actionsConfig(t, databaseURL, app.server.URL)
		killed := startProcess(t, file, databaseURL)
		select {
		case <-taken:
		case <-time.After(patience):
			t.Fatal(killed.log)
		}
		killed.end(syscall.SIGKILL)
		close(release)
		if m := messages(t, databaseURL)["m1"]; m.Outcome != usersync.MessageWaits || m.Attempts != 1 || m.At < now() {
			t.Errorf("%+v", m)
		}
		endLoans(t, databaseURL)
		other := startConfigured(t, file, databaseURL)
		untilSent(t, databaseURL, other.log, "m1")
		if app.tries("m1") != 2 {
			t.Errorf("%d tries", app.tries("m1"))
		}
	})
}

// Two replicas that live share the messages and send none twice.
func TestReplicasShareMessages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const count = 300
		app := newReceiver(t)
		app.answers(func(http.ResponseWriter, *http.Request, int) { time.Sleep(5 * time.Millisecond) })
		file := actionsConfig(t, databaseURL, app.server.URL)
		one := startConfigured(t, file, databaseURL)
		two := startConfigured(t, file, databaseURL)
		var ids []string
		for n := range count {
			ids = append(ids, fmt.Sprint("m", n))
		}
		postMessages(t, databaseURL, "", ids...)
		untilSent(t, databaseURL, one.log, ids...)
		for _, id := range ids {
			if n := app.tries(id); n != 1 {
				t.Errorf("%s was sent %d times\n%s\n%s", id, n, one.log, two.log)
			}
		}
	})
}

// The database goes away while a message is being sent. It is noted once it is back,
// and not sent again.
func TestMessagesWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]faultproxy.Mode{"refused": faultproxy.Refuse, "cut": faultproxy.Blackhole} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := pgtest.New(t)
			proxy, through := behind(t, databaseURL)
			app := newReceiver(t)
			app.answers(func(http.ResponseWriter, *http.Request, int) {
				if err := proxy.Set(mode); err != nil {
					t.Error(err)
				}
			})
			postMessages(t, databaseURL, "", "m1")
			daemon := startConfigured(t, actionsConfig(t, through, app.server.URL), databaseURL)
			until(t, func() bool { return strings.Contains(daemon.log.String(), "cannot be noted") }, daemon.log.String)
			app.answers(func(http.ResponseWriter, *http.Request, int) {})
			if err := proxy.Set(faultproxy.Pass); err != nil {
				t.Fatal(err)
			}
			untilSent(t, databaseURL, daemon.log, "m1")
			postMessages(t, databaseURL, "", "m2")
			untilSent(t, databaseURL, daemon.log, "m2")
			if app.tries("m1") != 1 || app.tries("m2") != 1 {
				t.Errorf("%d and %d tries\n%s", app.tries("m1"), app.tries("m2"), daemon.log)
			}
		})
	}
}

// A reload exchanges where messages go; what waits is sent there.
func TestReloadExchangesActions(t *testing.T) {
	t.Parallel()
	databaseURL := databaseURLs["sqlite"](t)
	const gone = "http://127.0.0.1:1" // a port that nobody else gets meanwhile
	file := actionsConfig(t, databaseURL, gone)
	postMessages(t, databaseURL, "", "m1")
	daemon := startProcess(t, file, databaseURL)
	daemon.awaitLog("a message was not taken", 1)
	app := newReceiver(t)
	rewrite(t, file, func(text string) string { return strings.Replace(text, gone, app.server.URL, 1) })
	daemon.hangup()
	untilSent(t, databaseURL, daemon.log, "m1")
	if code := daemon.stop(); code != exitOK {
		t.Errorf("exit code %d:\n%s", code, daemon.log)
	}
}
