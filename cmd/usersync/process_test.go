package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"usersync/internal/config"
	"usersync/internal/logtest"
	"usersync/internal/script"
)

// programEnv makes the test binary be the program itself. Its name does not
// begin as the settings do, which would be warned about.
const programEnv = "RUN_AS_USERSYNC"

func TestMain(m *testing.M) {
	script.WorkHere() // a worker has no environment
	if os.Getenv(programEnv) != "" {
		main()
	}
	os.Exit(m.Run())
}

// patience is for what happens at once on a machine with nothing else to do.
const patience = time.Minute

// command is the program in a process of its own.
func command(t testing.TB, arguments ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], arguments...)
	// The second is for a test binary that measures its coverage.
	cmd.Env = append(os.Environ(), programEnv+"=1", "GOCOVERDIR="+t.TempDir())
	cmd.WaitDelay = patience
	return cmd
}

// process is a daemon in a process of its own.
type process struct {
	running
	cmd    *exec.Cmd
	exited chan struct{}
}

// startProcess runs `usersync serve` until the test ends, and waits until it
// serves.
func startProcess(t *testing.T, configFile, databaseURL string) *process {
	t.Helper()
	p := launch(t, configFile, databaseURL)
	p.awaitReady()
	p.arrived()
	return p
}

// launch is startProcess that does not wait. The variables are added to its
// environment.
func launch(t *testing.T, configFile, databaseURL string, variables ...string) *process {
	t.Helper()
	c, err := config.Load(config.Options{File: configFile, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: command(t, serveArguments(t, configFile)...), exited: make(chan struct{})}
	p.running = running{t: t, configFile: configFile, database: databaseURL, providers: c.Built, log: &logtest.Log{}}
	p.cmd.Env = append(p.cmd.Env, variables...)
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its exit code is asked for
		close(p.exited)
	}()
	p.stop = sync.OnceValue(func() int { return p.end(syscall.SIGTERM) })
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// end sends a signal that ends the process, and returns the exit code: -1 for
// one that the signal killed.
func (p *process) end(signal syscall.Signal) int {
	_ = p.cmd.Process.Signal(signal) // it may have ended already
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.t.Errorf("%v did not end it:\n%s", signal, p.log)
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
	return p.cmd.ProcessState.ExitCode()
}

// awaitReady reads from the log where the daemon listens.
func (p *process) awaitReady() {
	p.t.Helper()
	p.awaitLog(`"message":"ready"`, 1)
	for line := range strings.Lines(p.log.String()) {
		var entry struct{ Message, Listen, Admin string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "ready" {
			p.url, p.adminURL = "http://"+entry.Listen, "http://"+entry.Admin
		}
	}
}

// awaitLog waits until the text stands in the log so many times.
func (p *process) awaitLog(text string, times int) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); strings.Count(p.log.String(), text) < times; time.Sleep(5 * time.Millisecond) {
		select {
		case <-p.exited:
			p.t.Fatalf("exit code %d, and no %q in the log:\n%s", p.cmd.ProcessState.ExitCode(), text, p.log)
		default:
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("no %q in the log:\n%s", text, p.log)
		}
	}
}

// peakMemory is the most memory that the process ever had resident, in bytes;
// 0 where the system does not tell.
func (p *process) peakMemory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscanf(after, "%d kB", &kib); err != nil {
		p.t.Fatalf("%v:\n%s", err, status)
	}
	return kib << 10
}
