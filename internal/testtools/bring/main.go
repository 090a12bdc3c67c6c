// Command bring makes sure of the programs that tests need beside Postgres:
//
//	go run ./internal/testtools/bring
//
// On Debian it installs or unpacks what is missing; else it says what to install
// by hand. It is quiet when there is nothing to do.
package main

import (
	"fmt"
	"os"

	"usersync/internal/testtools"
)

func main() {
	failed := false
	machine := testtools.Here()
	for _, tool := range testtools.All() {
		if err := machine.Bring(tool); err != nil {
			fmt.Fprintln(os.Stderr, "bring:", err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
