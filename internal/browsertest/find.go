// Package browsertest opens pages in a real Chromium, for tests: what a browser thinks of
// a page cannot be read off its source.
package browsertest

import (
	"errors"
	"os"
	"os/exec"
)

// chromiumVariable names the program, if it is none of names.
const chromiumVariable = "USERSYNC_TEST_CHROMIUM"

// names are what the program is called on one system or another.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

// find returns where the program is.
func find() (string, error) {
	if path := os.Getenv(chromiumVariable); path != "" {
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium, which these tests need: install it (Debian: apt-get install --no-install-recommends chromium), or name the program in " + chromiumVariable)
}
