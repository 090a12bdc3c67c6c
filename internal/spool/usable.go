package spool

import (
	"os"
	"syscall"
)

// Usable returns nil if a spool in this directory could most likely be opened, and
// makes nothing. That another process has it open is no reason against it.
func Usable(dir string) error {
	there, err := nearest(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(there)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return &os.PathError{Op: "open", Path: there, Err: syscall.ENOTDIR}
	}
	if err := keepsFiles(there); err != nil {
		return err
	}
	return writable(there)
}
