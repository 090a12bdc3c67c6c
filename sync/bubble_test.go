package usersync_test

import (
	"testing"
	"testing/synctest"
)

// inBubble runs a test where time passes only when everybody waits: nothing in
// it depends on how fast the machine is.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}
