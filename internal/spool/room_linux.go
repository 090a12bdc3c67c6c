package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func room(dir string) (free, size int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	unit := int64(st.Bsize) //nolint:unconvert // it has 32 bits on some machines
	return int64(st.Bavail) * unit, int64(st.Blocks) * unit, nil
}

// The numbers of file systems, from linux/magic.h.
const (
	magicTmpfs   = 0x01021994
	magicRamfs   = 0x858458f6
	magicOverlay = 0x794c7630
	magicAufs    = 0x61756673
)

// doubtsOf says why a directory, which need not exist so far, is a bad place for a
// spool.
func doubtsOf(dir string) []string {
	dir, err := filepath.Abs(dir)
	var st syscall.Statfs_t
	for err == nil {
		err = syscall.Statfs(dir, &st)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			break
		}
		dir, err = filepath.Dir(dir), nil
	}
	if err != nil {
		return nil // opening it tells
	}
	return doubtsAbout(uint32(st.Type))
}

func doubtsAbout(magic uint32) []string {
	switch magic {
	case magicTmpfs, magicRamfs:
		return []string{"it is kept in memory: what is spooled there is lost when the machine stops; name a directory on a disk"}
	case magicOverlay, magicAufs:
		return []string{"it is part of the container: what is spooled there is lost with it; mount a volume and name a directory on it"}
	}
	return nil
}
