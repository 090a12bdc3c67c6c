package testtools

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock lets one run of this user at a time bring tools, in whichever checkout:
// apt-get waits for another that installs, but not for one that updates its lists.
// The kernel opens it again if this process ends.
func (m Machine) lock() (unlock func(), err error) {
	dir := m.Getenv("TMPDIR")
	if dir == "" {
		dir = os.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("usersync-testtools-%d.lock", os.Geteuid()))
	// A link that another user put there is not followed.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	unlock = func() { _ = file.Close() } // which opens the lock
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		unlock()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return unlock, nil
}
