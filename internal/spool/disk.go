package spool

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// disk is what the spool needs of a directory. Tests put one under it that loses
// what was not synced.
type disk interface {
	// create makes a file that was not there, to be appended to.
	create(name string) (appender, error)
	open(name string) (reader, error)
	remove(name string) error
	rename(from, to string) error
	// list returns the regular files.
	list() ([]entry, error)
	// sync makes durable which names there are.
	sync() error
	// room returns how many bytes of the disk are free for us, and its size.
	room() (free, size int64, err error)
}

type appender interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

type reader interface {
	io.ReaderAt
	io.Closer
}

type entry struct {
	name string
	size int64
	err  error // why the size is not known, or nil
}

// directory is the disk of the operating system.
type directory string

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

func (d directory) create(name string) (appender, error) {
	f, err := os.OpenFile(d.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return named{f}, nil
}

// named is a file that is worth nothing without its name: nobody could read it.
type named struct{ *os.File }

// Sync also fails if the file was removed, or its directory renamed.
func (n named) Sync() error {
	if err := n.File.Sync(); err != nil {
		return err
	}
	here, err := n.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(n.Name())
	if err == nil && !os.SameFile(here, there) {
		err = fmt.Errorf("%s is another file by now: did somebody copy the directory?", n.Name())
	}
	return err
}

func (d directory) open(name string) (reader, error) { return os.Open(d.path(name)) }

func (d directory) remove(name string) error { return os.Remove(d.path(name)) }

func (d directory) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d directory) list() ([]entry, error) {
	found, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	var files []entry
	for _, f := range found {
		info, err := f.Info()
		if os.IsNotExist(err) {
			continue // removed since
		}
		switch {
		case err == nil && info.Mode().IsRegular():
			files = append(files, entry{name: f.Name(), size: info.Size()})
		case err != nil && f.Type().IsRegular():
			files = append(files, entry{name: f.Name(), err: err}) // others may be fine
		}
	}
	return files, nil
}

func (d directory) sync() error { return syncDirectory(string(d)) }

func (d directory) room() (free, size int64, err error) { return room(string(d)) }

func syncDirectory(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return f.Sync()
}
