package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/internal/logtest"
	"usersync/internal/pgtest"
)

// playEnv makes the test binary play pgrun itself, or the command that it runs.
const playEnv = "PGRUN_PLAY"

func TestMain(m *testing.M) {
	switch os.Getenv(playEnv) {
	case "pgrun":
		os.Exit(run(os.Args[1:], os.Stderr))
	default:
		os.Exit(m.Run())
	}
}

// pgrun is a run of the program without a server to borrow, in a temporary
// folder of its own that must be empty afterwards.
func pgrun(t *testing.T, args ...string) (cmd *exec.Cmd, tmp string) {
	t.Helper()
	tmp, err := os.MkdirTemp("", "pgrun-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil { // the server's user must get in
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(tmp) })
	cmd = exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), playEnv+"=pgrun", pgtest.ServerEnv+"=", "TMPDIR="+tmp)
	return cmd, tmp
}

func assertEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want int
	}{
		"success":       {[]string{"--", "true"}, 0},
		"failure":       {[]string{"-durable", "--", "sh", "-c", "exit 7"}, 7},
		"killed":        {[]string{"--", "sh", "-c", "kill -KILL $$"}, signalled + int(syscall.SIGKILL)},
		"no command":    {nil, exitUsage},
		"unknown flag":  {[]string{"-nonsense", "--", "true"}, exitUsage},
		"no such thing": {[]string{"--", "/no/such/program"}, exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd, tmp := pgrun(t, test.args...)
			out, err := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != test.want {
				t.Errorf("exit code %d, want %d (%v)\n%s", got, test.want, err, out)
			}
			assertEmpty(t, tmp)
		})
	}
}

// firstLine waits until a process has said something, and returns it.
func firstLine(t *testing.T, out *logtest.Log) string {
	t.Helper()
	said := out.Await(t, "a line", func(text string) bool { return strings.Contains(text, "\n") })
	line, _, _ := strings.Cut(said, "\n")
	return line
}

func TestCommandSeesTheServer(t *testing.T) {
	t.Parallel()
	cmd, _ := pgrun(t, "--", "sh", "-c", "echo $"+pgtest.ServerEnv+"; read done")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out logtest.Log
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	server := firstLine(t, &out)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(ctx); err != nil {
		t.Error(err)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // read fails at the end of its input
	if _, err := pgx.Connect(ctx, server); err == nil {
		t.Error("the server outlived pgrun")
	}
}

func TestSignalsStopTheServer(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			cmd, tmp := pgrun(t, "--", "sh", "-c", "echo up; exec sleep 60")
			var out logtest.Log
			cmd.Stdout, cmd.Stderr = &out, os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			firstLine(t, &out)
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if got, want := cmd.ProcessState.ExitCode(), signalled+int(sig); got != want {
				t.Errorf("exit code %d, want %d", got, want)
			}
			assertEmpty(t, tmp)
		})
	}
}

func TestNamedServerIsUsed(t *testing.T) {
	t.Parallel()
	cmd, tmp := pgrun(t, "--", "sh", "-c", "echo $"+pgtest.ServerEnv)
	cmd.Env = append(cmd.Env, pgtest.ServerEnv+"=postgres://there")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || strings.TrimSpace(string(out)) != "postgres://there" {
		t.Errorf("got %q, %v\n%s", out, err, &stderr)
	}
	if found, err := filepath.Glob(filepath.Join(tmp, "*")); err != nil || len(found) != 0 {
		t.Errorf("a cluster was made all the same: %v, %v", found, err)
	}
}
