package testtools

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Bring makes sure of a tool and says nothing if it is there already. Two may
// run at once.
func (m Machine) Bring(t Tool) error {
	if _, err := m.Find(t); !errors.Is(err, ErrMissing) {
		return err
	}
	unlock, err := m.lock()
	if err != nil {
		return err
	}
	defer unlock()
	_, err = m.Find(t) // another run may have brought it meanwhile
	switch {
	case !errors.Is(err, ErrMissing):
		return err
	case m.lookUp("apt-get") == "", !t.Extract && !m.Root:
		return err // which says what to do
	}
	if t.Extract {
		err = m.extract(t)
	} else {
		err = m.install(t.Packages...)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %s", t.name(), err, m.remedy(t))
	}
	_, err = m.Find(t)
	return err
}

// extract takes a program out of a package.
func (m Machine) extract(t Tool) error {
	fmt.Fprintf(m.Log, "no %s here: taking it out of Debian's package %s, into %s\n", t.name(), t.Packages[0], m.Bin)
	if err := os.MkdirAll(m.Bin, 0o755); err != nil {
		return err
	}
	// Within Bin, so that the last step is a rename: who finds the program
	// finds it whole.
	dir, err := os.MkdirTemp(m.Bin, ".package-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is no harm
	file, err := m.download(dir, t.Packages[0])
	if err != nil {
		return err
	}
	if err := m.command(dir, "dpkg", "-x", file, "tree").Run(); err != nil {
		return fmt.Errorf("dpkg -x: %w", err)
	}
	return os.Rename(filepath.Join(dir, "tree", "usr", "bin", t.name()), filepath.Join(m.Bin, t.name()))
}
