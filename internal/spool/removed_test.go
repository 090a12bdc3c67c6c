package spool

import (
	"os"
	"path/filepath"
	"testing"

	usersync "usersync/sync"
)

// Somebody removes the files, or the directory, under a spool that is open: what is
// acknowledged afterwards is there all the same.
func TestRemovedUnderneath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	s := opened(t, dir, Options{MinFree: -1})
	v := usersync.Verified{Provider: "p", Body: []byte("before")}
	if err := s.Append(t.Context(), &v); err != nil {
		t.Fatal(err)
	}
	kept := func() int {
		n := 0
		if _, err := Each(dir, func(usersync.Verified) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	acknowledge := func() (acknowledged int) {
		for range 3 {
			if s.Append(t.Context(), &v) == nil {
				acknowledged++
			}
		}
		return acknowledged
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"+segmentEnding))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if n := acknowledge(); n != kept() || n == 0 {
		t.Errorf("%d acknowledged, %d kept", n, kept())
	}
	moved := dir + ".moved"
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if n := acknowledge(); n != 0 {
		t.Errorf("%d acknowledged without a directory", n)
	}
	if s.Room() == nil {
		t.Error("it has room without a directory")
	}
	if err := os.Rename(moved, dir); err != nil {
		t.Fatal(err)
	}
	before := kept()
	if n := acknowledge(); n != 3 || kept() != before+3 {
		t.Errorf("%d acknowledged, %d kept, %d before", n, kept(), before)
	}
}
