package spooltest_test

import (
	"testing"

	"usersync/internal/spooltest"
	usersync "usersync/sync"
)

func TestMemoryKeepsTheLaw(t *testing.T) {
	t.Parallel()
	spooltest.Run(t, spooltest.Subject{
		Open: func(_ *testing.T, room int64) usersync.Spool { return spooltest.NewMemory(room) },
		// It stands for a spool that outlives its process.
		Reopen: func(_ *testing.T, s usersync.Spool) usersync.Spool { return s },
	})
}
