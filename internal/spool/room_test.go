package spool_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usersync/internal/spool"
	usersync "usersync/sync"
)

func TestRoomEndsWithTheSpool(t *testing.T) {
	t.Parallel()
	s, err := spool.Open(filepath.Join(t.TempDir(), "spool"), spool.Options{MaxBytes: 8 << 10, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	v := usersync.Verified{Provider: "p", Body: make([]byte, 200)}
	for {
		if err := s.Room(); err != nil {
			if !errors.Is(err, usersync.ErrSpoolFull) {
				t.Error(err)
			}
			break
		}
		if err := s.Append(t.Context(), &v); err != nil {
			t.Fatalf("it said that it had room: %v", err)
		}
	}
	o := spool.Options{MaxBytes: 8 << 10, MinFree: -1}
	if err := spool.Full(t.TempDir(), s.Stats().Bytes, o); !errors.Is(err, usersync.ErrSpoolFull) {
		t.Errorf("who looks from outside finds room: %v", err)
	}
	if err := spool.Full(filepath.Join(t.TempDir(), "a", "b"), 0, o); err != nil {
		t.Errorf("before it is made: %v", err)
	}
	for s.Append(t.Context(), &v) == nil { // to the last byte
	}
	everything := func(batch []usersync.Verified) []bool {
		done := make([]bool, len(batch))
		for i := range done {
			done[i] = true
		}
		return done
	}
	if left, err := s.Drain(t.Context(), 100, func(_ context.Context, batch []usersync.Verified) ([]bool, error) { return everything(batch), nil }); err != nil || left != 0 {
		t.Fatal(left, err)
	}
	if err := s.Append(t.Context(), &v); err != nil {
		t.Fatal(err)
	}
	if err := s.Room(); err != nil {
		t.Errorf("after a drain: %v", err)
	}
}

func TestUsable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{dir, filepath.Join(dir, "a", "b")} {
		if err := spool.Usable(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{file, filepath.Join(file, "a")} {
		if spool.Usable(bad) == nil {
			t.Errorf("%s passes", bad)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); !errors.Is(err, os.ErrNotExist) {
		t.Error("something was made")
	}
}
