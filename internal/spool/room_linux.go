package spool

import (
	"fmt"
	"os"
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

	// What these show is the kernel's: nobody can make a file there, although root
	// is told that they may write.
	magicProc       = 0x9fa0
	magicSysfs      = 0x62656572
	magicDevpts     = 0x1cd1
	magicCgroup     = 0x27e0eb
	magicCgroup2    = 0x63677270
	magicDebugfs    = 0x64626720
	magicSecurityfs = 0x73636673
)

// magic returns the number of the file system that holds a directory, which need
// not exist so far.
func magic(dir string) (uint32, error) {
	there, err := nearest(dir)
	if err != nil {
		return 0, err
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(there, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: there, Err: err}
	}
	return uint32(st.Type), nil
}

// keepsFiles returns an error if no file can be kept in a directory, whoever asks.
func keepsFiles(dir string) error {
	number, err := magic(dir)
	if err != nil {
		return err
	}
	switch number {
	case magicProc, magicSysfs, magicDevpts, magicCgroup, magicCgroup2, magicDebugfs, magicSecurityfs:
		return fmt.Errorf("%s belongs to the kernel: no file can be kept there", dir)
	}
	return nil
}

// doubtsOf says why a directory, which need not exist so far, is a bad place for a
// spool.
func doubtsOf(dir string) []string {
	number, err := magic(dir)
	if err != nil {
		return nil // opening it tells
	}
	return doubtsAbout(number)
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
