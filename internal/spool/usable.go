package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Usable returns nil if a spool in this directory could most likely be opened, and
// makes nothing. That another process has it open is no reason against it.
func Usable(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir):
			dir = filepath.Dir(dir) // it is made there
			continue
		case err != nil:
			return err
		case !info.IsDir():
			return &os.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
		}
		return writable(dir)
	}
}
