package promtest

import (
	"os/exec"
	"strings"
	"testing"

	"usersync/internal/testtools"
)

// Promtool runs promtool in a folder with this input, and returns what it says. A
// promtool that is missing fails the test.
func Promtool(t *testing.T, dir, input string, arguments ...string) (said string, err error) {
	t.Helper()
	program, err := testtools.Here().Find(testtools.Promtool())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, arguments...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	output, err := cmd.CombinedOutput()
	return string(output), err
}
