package script_test

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"usersync/internal/script"
)

// A worker has nothing that its parent has: no environment, no open files, no rights
// to make some.
func TestAWorkerHasNothing(t *testing.T) {
	p := newPool(t)
	run(t, p, "", `{}`)
	pid := children()[0]
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil || len(environment) > 0 {
		t.Errorf("its environment is %q, %v", environment, err)
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		what, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, file.Name()))
		if err == nil && !strings.HasPrefix(what, "pipe:") && !strings.HasPrefix(what, "anon_inode:") && what != os.DevNull &&
			!strings.HasPrefix(what, "/sys/fs/cgroup/") { // Go's runtime reads there how many processors it may use
			t.Errorf("it has %s open", what)
		}
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, none := range []string{"Max core file size", "Max file size"} {
		_, rest, _ := strings.Cut(string(limits), none)
		if fields := strings.Fields(rest); len(fields) < 2 || fields[0] != "0" || fields[1] != "0" {
			t.Errorf("%s is not 0:\n%s", none, limits)
		}
	}
}

// A worker that ended while nobody looked is replaced, and none is ended by a signal
// that means its parent.
func TestAWorkerThatHasGone(t *testing.T) {
	p := newPool(t)
	run(t, p, "", `{}`)
	first := children()[0]
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		if err := syscall.Kill(first, signal); err != nil {
			t.Fatal(err)
		}
	}
	run(t, p, "", `{}`)
	if now := children(); len(now) != 1 || now[0] != first {
		t.Fatalf("the workers are %v, at first %d", now, first)
	}
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if out := run(t, p, "result = {a: 1}", `{}`); string(out.Result) != `{"a":1}` {
		t.Errorf("%s", out.Result)
	}
	p.Close()
	if left := children(); len(left) > 0 {
		t.Errorf("the workers %v are left", left)
	}
}

// One that is killed while it runs is as one that took too much.
func TestAWorkerThatIsKilled(t *testing.T) {
	p := newPool(t)
	run(t, p, "", `{}`)
	pid := children()[0]
	idle := processorTime(t, pid)
	go func() {
		// One that was killed before it runs would be replaced.
		for processorTime(t, pid) < idle+10 {
			time.Sleep(time.Millisecond)
		}
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}()
	if f := fault(t, p, "for (;;);", `{}`, patience); f.Reason() != script.ReasonLimit {
		t.Errorf("%v", f)
	}
}

// processorTime is how long a process has run so far, in hundredths of a second, which the
// system counts; at the end of a test that failed it is for ever.
func processorTime(t *testing.T, pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ") // of the name
	fields := strings.Fields(rest)
	if err != nil || len(fields) < 13 || t.Context().Err() != nil {
		return math.MaxInt
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

// A worker does not outlive its parent, whatever it runs.
func TestAParentThatIsKilled(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "RUN_AS_PARENT=1", "GOCOVERDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "there\n" {
		t.Fatal(line, err)
	}
	worker := childrenOf(cmd.Process.Pid)[0]
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for deadline := time.Now().Add(patience); !errors.Is(syscall.Kill(worker, 0), syscall.ESRCH) && !ended(worker); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(worker, syscall.SIGKILL)
			t.Fatal("the worker goes on")
		}
	}
}

// ended reports whether a process is only waited for.
func ended(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err != nil || strings.Contains(string(status), "State:\tZ")
}
