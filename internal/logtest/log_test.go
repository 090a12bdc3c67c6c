package logtest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"usersync/internal/logtest"
)

func TestManyWriteAndSomebodyReads(t *testing.T) {
	t.Parallel()
	var log logtest.Log
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 100 {
				fmt.Fprintln(&log, "a line")
				if text := log.String(); !strings.HasSuffix(text, "a line\n") {
					t.Errorf("a part of a line: %q", text)
				}
			}
		})
	}
	wait.Wait()
	if text := log.String(); text != strings.Repeat("a line\n", 800) {
		t.Errorf("%d bytes", len(text))
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	var log logtest.Log
	go fmt.Fprint(&log, "late")
	if got := log.Await(t, "a word", func(text string) bool { return text != "" }); got != "late" {
		t.Errorf("%q", got)
	}
}
