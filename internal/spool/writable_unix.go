//go:build unix

package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

func writable(dir string) error {
	if err := unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK); err != nil {
		return &os.PathError{Op: "write to", Path: dir, Err: err}
	}
	return nil
}
