package main

import (
	"path/filepath"
	"strings"
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
