package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"usersync/internal/secret"
)

// addSecret adds a credential to a file with one in each line, which only its
// owner may read. The file is replaced as a whole: whoever reads it meanwhile
// sees the old one or the new one.
func addSecret(file string, added secret.Text) error {
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target // the link stays one
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
	return replaceFile(file, text+added.Reveal()+"\n")
}

// replaceFile writes a file that only its owner may read, durably.
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
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err = os.Rename(temporary.Name(), file); err != nil {
		return err
	}
	folder, openErr := os.Open(filepath.Dir(file))
	if openErr != nil {
		return nil // the file is there; only its name may be lost in a power cut
	}
	return errors.Join(folder.Sync(), folder.Close())
}
