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

	// Somebody else's disk, or a program's.
	magicNFS    = 0x6969
	magicSMB    = 0x517b
	magicCIFS   = 0xff534d42
	magicSMB2   = 0xfe534d42
	magicFUSE   = 0x65735546
	magic9P     = 0x01021997
	magicCeph   = 0x00c36400
	magicAFS    = 0x5346414f
	magicLustre = 0x0bd00bd0

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

// FileSystemOf returns on what kind of file system a directory lies, which need not
// exist so far; "" if that is not known.
func FileSystemOf(dir string) FileSystem {
	number, err := magic(dir)
	if err != nil {
		return "" // opening it tells
	}
	return fileSystemOf(number)
}

func fileSystemOf(magic uint32) FileSystem {
	switch magic {
	case magicTmpfs, magicRamfs:
		return InMemory
	case magicOverlay, magicAufs:
		return InContainer
	case magicNFS, magicSMB, magicCIFS, magicSMB2, magicFUSE, magic9P, magicCeph, magicAFS, magicLustre:
		return OnNetwork
	}
	return OnDisk
}
