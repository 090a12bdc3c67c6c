package spool

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	usersync "usersync/sync"
)

func TestOneProcessAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := opened(t, dir, Options{MinFree: -1})
	_, err := Open(dir, Options{})
	if err == nil || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) || !strings.Contains(err.Error(), dir) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if report, err := Inspect(dir); err != nil || report.Held {
		t.Error(report, err)
	}
	s = opened(t, dir, Options{MinFree: -1})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A directory that holds other things keeps its permissions: root may have been
// given /tmp.
func TestForeignDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "name a directory below it") {
		t.Error(err)
	}
	found, err := os.ReadDir(dir)
	if err != nil || len(found) != 1 {
		t.Error(found, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o755 {
		t.Error(info.Mode(), err)
	}
	below := filepath.Join(dir, "a", "b")
	opened(t, below, Options{MinFree: -1})
	for _, made := range []string{filepath.Dir(below), below} {
		if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o700 {
			t.Error(info.Mode(), err)
		}
	}
}

// Only the lock stays when nothing is kept.
func TestNoFileWhileNothingIsKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := opened(t, dir, Options{MinFree: -1})
	if err := s.Append(t.Context(), requestNamed("a", 1)); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Drain(t.Context(), 5, everythingDone); left != 0 || err != nil {
		t.Error(left, err)
	}
	found, err := os.ReadDir(dir)
	if err != nil || len(found) != 1 || found[0].Name() != lockName {
		t.Error(found, err)
	}
	if st := s.Stats(); st != (Stats{Appended: 1}) {
		t.Errorf("%+v", st)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s := opened(t, t.TempDir(), Options{MinFree: -1})
	if err := errors.Join(s.Append(t.Context(), requestNamed("a", 1)), s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), requestNamed("b", 1)); !errors.Is(err, errClosed) {
		t.Error(err)
	}
	if _, err := s.Drain(t.Context(), 1, everythingDone); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := opened(t, t.TempDir(), Options{MinFree: -1, MaxRecord: 1000})
	err := s.Append(t.Context(), requestNamed("a", 1000))
	if !errors.Is(err, usersync.ErrSpoolFull) || !strings.Contains(err.Error(), "larger than the 1000 B") {
		t.Error(err)
	}
	if st := s.Stats(); st.Refused != 1 {
		t.Errorf("%+v", st)
	}
}

// A segment that somebody removed, or that the disk does not give, costs what it
// held, and is told.
func TestVanishedSegment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := opened(t, dir, Options{MinFree: -1, SegmentBytes: 1})
	for _, id := range []string{"a", "b", "c"} {
		if err := s.Append(t.Context(), requestNamed(id, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, s.segments[1].name())); err != nil {
		t.Fatal(err)
	}
	handed := 0
	left, err := s.Drain(t.Context(), 5, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		handed += len(batch)
		return []bool{true, true, true}, nil
	})
	if left != 0 || !errors.Is(err, os.ErrNotExist) || handed != 2 || s.Stats().Segments != 0 || s.Stats().Bytes != 0 {
		t.Errorf("%d handed out, %d left, %v, %+v", handed, left, err, s.Stats())
	}
}

// A segment of somebody else's keeps nobody from starting; a directory of somebody else's does.
func TestModeThatCannotBeChanged(t *testing.T) {
	t.Parallel()
	g, err := newSegment(1)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(dir, 0o700), os.WriteFile(filepath.Join(dir, g.name()), nil, 0o600), os.Chmod(filepath.Join(dir, g.name()), 0o644)); err != nil {
		t.Fatal(err)
	}
	refused := func(string, os.FileMode) error { return syscall.EPERM }
	var log bytes.Buffer
	if err := tighten(dir, refused, slog.New(slog.NewTextHandler(&log, nil))); err != nil || !strings.Contains(log.String(), g.name()) {
		t.Errorf("%v, the log: %s", err, &log)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tighten(dir, refused, slog.New(slog.DiscardHandler)); !errors.Is(err, syscall.EPERM) {
		t.Error(err)
	}
}
