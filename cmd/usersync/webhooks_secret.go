package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"usersync/internal/secret"
)

// addSecret adds a credential to a file with one in each line. The file is
// replaced as a whole: whoever reads it meanwhile sees the old one or the new
// one. Of several at once each adds its own.
func addSecret(file string, added secret.Text) (err error) {
	if file, err = realFile(file); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return fmt.Errorf("%w: make its directory, and let this user write there", err)
	}
	defer func() { err = errors.Join(err, folder.Close()) }() // which ends the lock
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", folder.Name(), err)
	}
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for line := range strings.Lines(string(old)) {
		if strings.TrimSpace(line) == added.Reveal() {
			return nil
		}
	}
	text := strings.TrimRight(string(old), "\r\n")
	if text != "" {
		text += "\n"
	}
	if err := replaceFile(file, text+added.Reveal()+"\n"); err != nil {
		return err
	}
	return folder.Sync()
}

// realFile follows links to the file that is to be replaced, so that they stay.
// It need not be there yet; what is no file, or a link to nothing, is an error.
func realFile(file string) (string, error) {
	target, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		switch there, err := os.Lstat(file); {
		case errors.Is(err, fs.ErrNotExist):
			return file, nil
		case err != nil:
			return "", err
		case there.Mode()&fs.ModeSymlink != 0:
			return "", fmt.Errorf("%s is a link to nothing: make the file that it points to, or name that", file)
		default: // somebody has just made it
			return realFile(file)
		}
	}
	if err != nil {
		return "", err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no file to which a secret could be added", file)
	}
	return target, nil
}

// replaceFile writes a file durably, but for its name.
func replaceFile(file, text string) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(file), ".usersync-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("%w: make its directory, and let this user write there", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.WriteString(text)
	if err = errors.Join(err, likeBefore(temporary, file), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// likeBefore gives a file the owner and group of the one that it replaces, so
// that whoever reads that can read this; and its mode, unless everybody could
// read it, which no secret is for.
func likeBefore(temporary *os.File, file string) error {
	before, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if is, ok := before.Sys().(*syscall.Stat_t); ok {
		if err := temporary.Chown(int(is.Uid), int(is.Gid)); err != nil {
			return fmt.Errorf("%w: run this as the owner of %s, who would lose it", err, file)
		}
	}
	if mode := before.Mode().Perm(); mode&0o007 == 0 {
		return temporary.Chmod(mode)
	}
	return nil
}
