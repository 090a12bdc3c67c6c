package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/knadh/koanf/providers/confmap"
)

// DefaultFile is read if no other file is named and it is there.
const DefaultFile = "usersync.yaml"

// The most bytes of a configuration file and of a file with a secret.
const (
	maxFile       = 1 << 20
	maxSecretFile = 64 << 10
)

// loadFile is the lowest layer. It returns false if the file cannot be read
// at all: what its keys would say is then not known, and nothing else is worth
// reporting.
func (l *loader) loadFile() bool {
	name, explicit := l.File, true
	if name == "" {
		name = l.environment[variablePrefix+"CONFIG"]
	}
	if name == "" {
		name, explicit = DefaultFile, false
	}
	text, err := l.read(name, maxFile)
	if errors.Is(err, fs.ErrNotExist) && !explicit {
		l.noFile = true
		return true
	}
	l.file = name
	if err != nil {
		l.faultAt(origin{file: name}, "", "cannot read the configuration: %v; name another file with --config or USERSYNC_CONFIG", err)
		return false
	}
	values, ok := l.readYAML(text)
	if ok {
		l.merge(confmap.Provider(values, ""))
	}
	return ok
}

// read returns the content of a file of at most limit bytes. Its error does
// not name the file: somebody may have written a secret where its file belongs.
func (l *loader) read(name string, limit int64) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(l.Dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, withoutPath(err)
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, withoutPath(err)
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("it is longer than %s", sizeText(limit))
	}
	return text, nil
}

func withoutPath(err error) error {
	var located *fs.PathError
	if errors.As(err, &located) {
		return located.Err
	}
	return err
}
