package main

import (
	"os"
	"syscall"
	"testing"
)

// smallDisk mounts a disk in memory until the test ends.
func smallDisk(t *testing.T, options string) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "usersync-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Fatalf("mounting a small disk: %v: a long run needs the right to (root, and a container with CAP_SYS_ADMIN)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
