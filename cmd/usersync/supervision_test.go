package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/pgtest"
	"usersync/internal/sdnotify"
)

// serviceManager is the socket that a supervised process tells.
type serviceManager struct {
	t        *testing.T
	env      []string
	messages chan string // read as they come: a socket holds few, and who finds it full drops one
	told     []string
}

func newServiceManager(t *testing.T) *serviceManager {
	t.Helper()
	dir, err := os.MkdirTemp("", "sd-") // short: a path of a socket has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	m := &serviceManager{t: t, env: []string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=400000", "WATCHDOG_PID="}, messages: make(chan string, 10_000)}
	go func() {
		message := make([]byte, 1000)
		for {
			size, err := conn.Read(message)
			if err != nil {
				return // the test is over
			}
			m.messages <- string(message[:size])
		}
	}()
	return m
}

// await returns the next message that begins so.
func (m *serviceManager) await(begin string) string {
	m.t.Helper()
	for late := time.After(patience); ; {
		select {
		case got := <-m.messages:
			m.told = append(m.told, got)
			if strings.HasPrefix(got, begin) {
				return got
			}
		case <-late:
			m.t.Fatalf("no %s; told so far: %q", begin, m.told)
		}
	}
}

// A supervised daemon says when it serves, that it lives, when it reloads and that
// it stops.
func TestSupervised(t *testing.T) {
	t.Parallel()
	manager := newServiceManager(t)
	url := databaseURLs["sqlite"](t)
	daemon := launch(t, writeConfig(t, url, ""), url, manager.env...)
	manager.await("READY=1")
	daemon.awaitReady()
	if code := daemon.statusOf("user.created"); code != 200 {
		t.Errorf("status %d", code)
	}
	if line := manager.await("STATUS="); !strings.Contains(line, "providers") {
		t.Error(line)
	}
	manager.await("WATCHDOG=1")
	manager.await("WATCHDOG=1")

	daemon.hangup()
	if line := manager.await("RELOADING=1"); !strings.Contains(line, "\nMONOTONIC_USEC=") {
		t.Error(line)
	}
	manager.await("READY=1")
	old := rewrite(t, daemon.configFile, func(text string) string { return text + "\nnonsense: 1\n" })
	daemon.hangup()
	manager.await("RELOADING=1")
	if line := manager.await("STATUS="); !strings.Contains(line, "the last reload was refused") {
		t.Error(line)
	}
	manager.await("READY=1")
	rewrite(t, daemon.configFile, func(string) string { return old })
	daemon.hangup()
	if line := manager.await("STATUS="); strings.Contains(line, "refused") {
		t.Error(line)
	}

	if err := daemon.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	manager.await("STOPPING=1")
	<-daemon.exited
	if code := daemon.cmd.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// A reload during the start does not say that the daemon serves, and one while it stops
// does not say so again.
func TestReloadWhenNotServing(t *testing.T) {
	t.Parallel()
	manager := newServiceManager(t)
	admin := httptest.NewServer(http.NotFoundHandler()) // it does not answer itself yet
	defer admin.Close()
	s := &supervision{
		notify: sdnotify.New(manager.env, os.Getpid()), log: zerolog.Nop(),
		livez: admin.URL, client: admin.Client(), status: func() string { return "fine" },
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.run(ctx) })
	read := 0
	reload := func() { s.reload(func() bool { read++; return true }) }
	reload()
	stop()
	running.Wait()
	reload()
	s.tell(s.notify.Status("the end"))
	manager.await("STATUS=the end")
	if told := strings.Join(manager.told, " "); read != 2 || strings.Contains(told, "READY") || strings.Contains(told, "RELOADING") {
		t.Errorf("read %d times, told %s", read, told)
	}
}

// A database that is away is no reason to be restarted: the daemon is ready, its
// spool takes deliveries, and the watchdog is put off.
func TestSupervisedWithoutItsDatabase(t *testing.T) {
	t.Parallel()
	manager := newServiceManager(t)
	cluster, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	if err := cluster.Down(); err != nil {
		t.Fatal(err)
	}
	daemon := launch(t, writeConfig(t, cluster.URL(), "spool:\n  dir: "+t.TempDir()+"\n"), cluster.URL(), manager.env...)
	manager.await("READY=1")
	daemon.awaitReady()
	// A disk that hangs refuses one, and writes it all the same.
	until(t, func() bool { return daemon.statusOf("user.created") == 200 }, daemon.log.String)
	for line := ""; !strings.Contains(line, "the database is away; waiting in the spool: "); {
		line = manager.await("STATUS=")
	}
	manager.await("WATCHDOG=1")
	manager.await("WATCHDOG=1")
}

// A daemon whose process is stopped puts no watchdog off.
func TestHungDaemonIsNotAlive(t *testing.T) {
	t.Parallel()
	manager := newServiceManager(t)
	url := databaseURLs["sqlite"](t)
	daemon := launch(t, writeConfig(t, url, ""), url, manager.env...)
	manager.await("WATCHDOG=1")
	if err := daemon.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for quiet := false; !quiet; { // what was sent before is read first
		select {
		case <-manager.messages:
		case <-time.After(time.Second):
			quiet = true
		}
	}
	if err := daemon.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	manager.await("WATCHDOG=1")
}
