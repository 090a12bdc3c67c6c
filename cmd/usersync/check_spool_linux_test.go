package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The place is judged before it is made.
func TestCheckOfASpoolThatIsNotThere(t *testing.T) {
	t.Parallel()
	there := filepath.Join(t.TempDir(), "a", "spool")
	file := writeConfig(t, aPostgres, "")
	for dir, want := range map[string]string{
		there:                "ok     spool          " + there + " does not exist yet: serve will make it\n",
		"/dev/shm/not/there": "WARN   spool          /dev/shm/not/there: it is kept in memory",
		"/proc/x":            "FAILED spool          spool.dir: /proc belongs to the kernel",
	} {
		_, out, _ := runProgram(t, "check", "--config", file, "--set", "spool.dir="+dir)
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// A full disk is to be emptied, one that may not be written to is to be another one.
func TestCheckOfASpoolThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]string{syscall.ENOSPC: "make room on the disk of /spool", syscall.EACCES: "name another"} {
		err := fmt.Errorf("write /spool/x: %w", &os.PathError{Op: "write", Path: "/spool/x", Err: errno})
		if got := unwritable("/spool", err, "name another"); got.Remedy != want || !strings.Contains(got.Detail, errno.Error()) {
			t.Errorf("%v: %+v", errno, got)
		}
	}
}
