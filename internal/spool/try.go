package spool

import (
	"io/fs"
	"os"
	"time"
)

// tried is how many bytes Try writes.
const tried = 4096

// Try writes a small file into a directory that exists, makes it durable as an append
// would, removes it, and returns how long it took to become durable.
func Try(dir string) (took time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".check-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // its name says what it was
	defer f.Close()           //nolint:errcheck // nobody reads it
	if _, err := f.Write(make([]byte, tried)); err != nil {
		return 0, err
	}
	began := time.Now()
	err = f.Sync()
	return time.Since(began), err
}

// Medium is what a directory that exists lies on, and whose it is.
type Medium struct {
	Free int64 // bytes that we may still write
	// Files is how many more may be made, and FilesAll how many there can be; both
	// are 0 where the file system does not count them.
	Files, FilesAll int64
	Owner           int // the user's number, -1 if there is none
	Mode            fs.FileMode
}

// MediumOf looks at a directory.
func MediumOf(dir string) (m Medium, err error) {
	info, err := os.Stat(dir)
	if err != nil {
		return m, err
	}
	m.Mode, m.Owner = info.Mode().Perm(), ownerOf(info)
	if m.Free, _, err = room(dir); err != nil {
		return m, err
	}
	m.Files, m.FilesAll, err = files(dir)
	return m, err
}
