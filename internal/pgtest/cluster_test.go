package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// start gives the test a cluster of its own.
func start(t *testing.T, options Options) *Cluster {
	t.Helper()
	c, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// query returns the single value of a statement.
func query(t *testing.T, server, statement string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var value string
	if err := conn.QueryRow(ctx, statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

func TestSettings(t *testing.T) {
	t.Parallel()
	usual := start(t, Options{})
	durable := start(t, Options{Durable: true, Settings: map[string]string{"application_name": "it's me", "max_connections": "17"}})
	for _, want := range []struct{ setting, usual, durable string }{
		{"fsync", "off", "on"},
		{"full_page_writes", "off", "on"},
		{"synchronous_commit", "on", "on"},
		{"max_connections", "400", "17"},
		{"application_name", "", "it's me"},
		{"server_encoding", "UTF8", "UTF8"},
	} {
		if got := query(t, usual.URL(), "SHOW "+want.setting); got != want.usual {
			t.Errorf("%s is %q, want %q", want.setting, got, want.usual)
		}
		if got := query(t, durable.URL(), "SHOW "+want.setting); got != want.durable {
			t.Errorf("%s of the durable one is %q, want %q", want.setting, got, want.durable)
		}
	}
}

func TestDownKeepsDataAndStopRemovesIt(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	execOn(t, c.URL(), "CREATE TABLE kept (n text)", "INSERT INTO kept VALUES ('here')")
	if err := c.Down(); err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.Connect(t.Context(), c.URL()); err == nil {
		t.Fatal("the server answers after Down")
	}
	if err := c.Up(); err != nil {
		t.Fatal(err)
	}
	if got := query(t, c.URL(), "SELECT n FROM kept"); got != "here" {
		t.Fatalf("got %q after a crash", got)
	}
	dir := c.dir
	for range 2 { // the second does nothing
		if err := c.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s is still there: %v", dir, err)
	}
}

func execOn(t *testing.T, server string, statements ...string) {
	t.Helper()
	if err := execute(server, statements...); err != nil {
		t.Fatal(err)
	}
}

func TestFailedStartShowsTheLogAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // the server's user must get in
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	_, err := Start(Options{Settings: map[string]string{"max_connections": "many"}})
	if err == nil || !strings.Contains(err.Error(), `"max_connections"`) {
		t.Fatalf("the error must show the server's log: %v", err)
	}
	left, readErr := os.ReadDir(dir)
	if readErr != nil || len(left) != 0 {
		t.Fatalf("left behind: %v, %v", left, readErr)
	}
}

// childEnv makes the test binary play the process that gets killed.
const childEnv = "PGTEST_CHILD"

func TestKilledParentLeavesNothing(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		playChild()
		return
	}
	t.Parallel()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledParentLeavesNothing$")
	child.Env = append(os.Environ(), childEnv+"=1")
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	dir, pidText, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(pidText)
	if err != nil {
		t.Fatalf("the child said %q", line)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("no server to begin with: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed, as it should be
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		_, statErr := os.Stat(dir)
		if syscall.Kill(pid, 0) != nil && errors.Is(statErr, os.ErrNotExist) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the server %d or its folder %s outlived the process that started it", pid, dir)
}

// playChild starts a cluster, says where it is, and waits to be killed.
func playChild() {
	c, err := Start(Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	pid, err := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	if err != nil {
		fmt.Println(err)
		return
	}
	first, _, _ := strings.Cut(string(pid), "\n")
	fmt.Println(c.dir, first)
	time.Sleep(time.Minute)
	_ = c.Stop()
}
