package spool

import (
	"context"
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

// A directory that is away for a while, as that of a disk which is mounted anew,
// costs nothing of what is kept in it.
func TestDirectoryAwayForAWhile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "spool")
	s := opened(t, dir, Options{MinFree: -1})
	if err := s.Append(t.Context(), &usersync.Verified{Provider: "p", Body: []byte("kept")}); err != nil {
		t.Fatal(err)
	}
	drain := func() (left, done int, err error) {
		left, err = s.Drain(t.Context(), 10, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
			done += len(batch)
			return []bool{true}, nil
		})
		return left, done, err
	}
	for _, mounted := range []string{"nothing", "another disk"} {
		if err := os.Rename(dir, dir+".away"); err != nil {
			t.Fatal(err)
		}
		if mounted == "another disk" {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if left, done, err := drain(); left != 1 || done != 0 || err == nil {
			t.Errorf("%s: left %d, done %d, %v", mounted, left, done, err)
		}
		_ = os.Remove(dir) // it is there in one of the cases
		if err := os.Rename(dir+".away", dir); err != nil {
			t.Fatal(err)
		}
	}
	if left, done, err := drain(); left != 0 || done != 1 || err != nil {
		t.Errorf("left %d, done %d, %v", left, done, err)
	}
}
