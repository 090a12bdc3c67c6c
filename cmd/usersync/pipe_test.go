package main

import (
	"bytes"
	"os"
	"testing"
)

// `usersync demo | head -1`: the reader goes, and the demo tidies up and says
// nothing more.
func TestClosedPipeLeavesNothing(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	folder := t.TempDir()
	var errs bytes.Buffer
	cmd := command(t, "demo")
	cmd.Env = append(cmd.Env, "TMPDIR="+folder)
	cmd.Stdout, cmd.Stderr = write, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	_ = cmd.Wait() // the exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || errs.Len() > 0 {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
