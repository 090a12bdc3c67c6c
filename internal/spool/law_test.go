package spool

import (
	"testing"

	"usersync/internal/spooltest"
	usersync "usersync/sync"
)

// The law on a real directory, with segments so small that a test has many.
func TestLaw(t *testing.T) {
	t.Parallel()
	for name, segment := range map[string]int64{"one segment": 0, "small segments": 300} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spooltest.Run(t, spooltest.Subject{
				Open: func(t *testing.T, room int64) usersync.Spool {
					return opened(t, t.TempDir(), Options{MaxBytes: room, SegmentBytes: segment, MinFree: -1})
				},
				Reopen: func(t *testing.T, old usersync.Spool) usersync.Spool {
					s := old.(*Spool)
					dir := string(s.disk.(directory))
					if err := s.release(); err != nil { // as the kernel does for who is killed
						t.Fatal(err)
					}
					return opened(t, dir, s.opts)
				},
			})
		})
	}
}

func opened(t *testing.T, dir string, o Options) *Spool {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close() // its lock may be gone already
	})
	return s
}
