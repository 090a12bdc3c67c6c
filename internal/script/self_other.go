//go:build !linux

package script

import "os"

// self is the file of the program that runs.
func self() (string, error) { return os.Executable() }
