package main

import (
	"syscall"
	"testing"
)

// SIGTERM: what was accepted is finished and durable, nothing is answered 5xx.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startProcess(t, writeConfig(t, databaseURL, ""), databaseURL)
		load := startLoad(t, &daemon.running, 32, "u")
		load.awaitAcks(t, 300)
		close(load.ending)
		if code := daemon.stop(); code != exitOK {
			t.Errorf("exit code %d", code)
		}
		load.wait.Wait()
		load.compare(t, daemon.inspect())
	})
}

// kill -9: what was acknowledged is there after a restart, which works on.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		file := writeConfig(t, databaseURL, "")
		killed := startProcess(t, file, databaseURL)
		load := startLoad(t, &killed.running, 32, "before")
		load.awaitAcks(t, 300)
		close(load.ending)
		if code := killed.end(syscall.SIGKILL); code != -1 {
			t.Errorf("exit code %d", code)
		}
		load.wait.Wait()

		restarted := startProcess(t, file, databaseURL)
		load.compare(t, restarted.inspect())
		again := startLoad(t, &restarted.running, 8, "after")
		again.awaitAcks(t, 20)
		close(again.ending)
		if code := restarted.stop(); code != exitOK {
			t.Errorf("exit code %d after the restart", code)
		}
		again.wait.Wait()
		again.compare(t, restarted.inspect())
	})
}
