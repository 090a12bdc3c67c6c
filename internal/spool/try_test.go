package spool

import (
	"os"
	"path/filepath"
	"testing"
)

// To try a directory leaves nothing in it, and tells one that takes nothing.
func TestTry(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	took, err := Try(dir)
	if err != nil || took <= 0 {
		t.Errorf("%s, %v", took, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
	if _, err := Try(filepath.Join(dir, "missing")); err == nil {
		t.Error("a directory that is not there was written to")
	}
	m, err := MediumOf(dir)
	if err != nil || m.Free <= 0 || m.Mode == 0 || m.Owner >= 0 && m.Owner != os.Geteuid() {
		t.Errorf("%+v, %v", m, err)
	}
}
