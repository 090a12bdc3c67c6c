package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// nearest returns the directory itself, or the nearest one above it that exists:
// what is true of that will be true of a directory that is made there.
func nearest(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(dir)
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir, err
		}
		dir = filepath.Dir(dir)
	}
}

// Full returns why a spool whose files take so many bytes has no room for a usual
// request, or nil. The directory need not exist so far.
func Full(dir string, used int64, o Options) error {
	o = o.withDefaults()
	if used+o.usual() > o.MaxBytes {
		return capReached(o.MaxBytes)
	}
	there, err := nearest(dir)
	if err != nil {
		return nil //nolint:nilerr // Usable tells
	}
	free, size, err := room(there)
	if err != nil {
		return err
	}
	return o.leaves(free, size, o.usual())
}
