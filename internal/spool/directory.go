package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

const lockName = "lock"

// InUseError says that another process has a directory open. Its text is for who
// wanted to have it for good.
type InUseError struct {
	Dir    string
	Holder string // the number of the process
}

// Error implements error.
func (e *InUseError) Error() string {
	return fmt.Sprintf("the spool in %s is open in process %s: stop that, or name another directory; replicas need one each", e.Dir, e.Holder)
}

// makeDirectory makes the directory if it is missing, durably, and returns its
// absolute path.
func makeDirectory(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	there := dir
	for there != filepath.Dir(there) {
		if _, err := os.Stat(there); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		there = filepath.Dir(there)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the spool needs a directory: %w", err)
	}
	for made := dir; made != there; made = filepath.Dir(made) {
		if err := syncDirectory(filepath.Dir(made)); err != nil {
			return "", fmt.Errorf("the spool's directory is not durable: %w", err)
		}
	}
	return dir, nil
}

// tighten keeps others from reading. It changes a directory only if all that is in
// it is the spool's. A file whose mode cannot be changed is only told about: nobody else
// gets into the directory.
func tighten(dir string, chmod func(path string, mode os.FileMode) error, log *slog.Logger) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("the spool's directory: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		for _, f := range found {
			if !ours(f.Name()) {
				return fmt.Errorf("others may enter %s, which holds more than a spool (%q): name a directory below it, which is then made with mode 0700", dir, f.Name())
			}
		}
		if err := chmod(dir, 0o700); err != nil {
			return fmt.Errorf("others may enter the spool's directory: give it mode 0700, or name a directory below it: %w", err)
		}
	}
	for _, f := range found {
		info, err := f.Info()
		if err != nil || !ours(f.Name()) || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := chmod(filepath.Join(dir, f.Name()), 0o600); err != nil {
			log.Warn("a file of the spool has a mode that lets others read it: give it to the user that runs usersync, with mode 0600", "file", f.Name(), "error", err)
		}
	}
	return nil
}

func ours(name string) bool {
	return name == lockName || strings.HasSuffix(name, segmentEnding) || strings.HasSuffix(name, corruptEnding)
}
