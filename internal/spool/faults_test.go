package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"

	usersync "usersync/sync"
)

// TestDiskErrors lets operations fail at random while many append and one drains:
// a full disk, and one that forgets what it could not sync. What was acknowledged
// is there in the end, also after a power cut.
func TestDiskErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault error
		ops   []string
		full  bool
	}{
		"full":           {syscall.ENOSPC, []string{"create", "write", "sync", "sync directory"}, true},
		"over quota":     {syscall.EDQUOT, []string{"create", "write", "sync"}, true},
		"too large":      {syscall.EFBIG, []string{"write"}, true},
		"fsync fails":    {syscall.EIO, []string{"sync", "sync directory"}, false},
		"all fail":       {syscall.EIO, []string{"create", "write", "sync", "sync directory", "remove", "rename", "truncate"}, false},
		"open refused":   {syscall.EACCES, []string{"open"}, false},
		"unlink refused": {syscall.EPERM, []string{"remove"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(40) {
				diskErrors(t, seed, test.fault, test.ops, test.full)
			}
		})
	}
}

func diskErrors(t *testing.T, seed uint64, fault error, ops []string, full bool) {
	t.Helper()
	disk, book := newFaultyDisk(seed), newLedger()
	s, err := open(disk, Options{SegmentBytes: 1500, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	faults := rand.New(rand.NewPCG(seed, 5))
	disk.fail = func(op string) error {
		for _, failing := range ops {
			if op == failing && faults.IntN(5) == 0 {
				return &fs.PathError{Op: op, Path: "x", Err: fault}
			}
		}
		return nil
	}
	var crowd sync.WaitGroup
	for w := range 4 {
		own := rand.New(rand.NewPCG(seed, uint64(10+w)))
		crowd.Go(func() {
			for i := range 30 {
				err := book.append(s, fmt.Sprintf("%d-%d", w, i), own)
				if err != nil && (!errors.Is(err, fault) || errors.Is(err, usersync.ErrSpoolFull) != full) {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
	crowd.Go(func() {
		for range 10 {
			_, err := s.Drain(context.Background(), 7, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
				done := make([]bool, len(batch))
				book.mu.Lock()
				defer book.mu.Unlock()
				for i, v := range batch {
					done[i] = i%2 == 0
					if done[i] && book.done[v.Headers["Id"]] {
						t.Errorf("seed %d: %s was done and is handed out again", seed, v.Headers["Id"])
					}
					book.done[v.Headers["Id"]] = book.done[v.Headers["Id"]] || done[i]
				}
				return done, nil
			})
			if err != nil && !errors.Is(err, fault) {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	})
	crowd.Wait()
	st := s.Stats()
	if int(st.Appended) != len(book.acked) || int(st.Appended+st.Refused+st.Failed) != len(book.appended) {
		t.Errorf("seed %d: %d acknowledged of %d, but %+v", seed, len(book.acked), len(book.appended), st)
	}
	disk = disk.afterCut()
	if s, err = open(disk, Options{}); err != nil {
		t.Fatal(err)
	}
	handed := map[string]bool{}
	for id := range handedOut(t, s) {
		handed[id] = true
	}
	if faults := book.judge(handed); len(faults) > 0 {
		t.Fatalf("seed %d: %q", seed, faults)
	}
}

// What failed is not kept, and leaves no file behind.
func TestFullDiskLeavesNoFile(t *testing.T) {
	t.Parallel()
	for _, failing := range []string{"create", "sync directory", "write", "sync"} {
		disk := newFaultyDisk(1)
		s, err := open(disk, Options{MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		once := true
		disk.fail = func(op string) error {
			if op == failing && once {
				once = false
				return syscall.ENOSPC
			}
			return nil
		}
		if err := s.Append(t.Context(), requestNamed("refused", 100)); !errors.Is(err, usersync.ErrSpoolFull) {
			t.Errorf("%s: %v", failing, err)
		}
		if len(disk.names) != 0 || s.Stats().Bytes != 0 {
			t.Errorf("%s: there are %d files, %+v", failing, len(disk.names), s.Stats())
		}
		if err := s.Append(t.Context(), requestNamed("kept", 100)); err != nil {
			t.Error(err)
		}
		if handed := handedOut(t, s); len(handed) != 1 || handed["kept"].Body == nil {
			t.Errorf("%s: %v", failing, handed)
		}
	}
}

// A sync that failed ends its file: the next one would succeed and prove nothing.
func TestFailedSyncEndsTheFile(t *testing.T) {
	t.Parallel()
	disk := newFaultyDisk(1)
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), requestNamed("before", 1)); err != nil {
		t.Fatal(err)
	}
	before := s.active.name()
	disk.fail = func(op string) error {
		if op == "sync" {
			return syscall.EIO
		}
		return nil
	}
	if err := s.Append(t.Context(), requestNamed("lost", 1)); !errors.Is(err, syscall.EIO) || errors.Is(err, usersync.ErrSpoolFull) {
		t.Error(err)
	}
	disk.fail = nil
	if err := s.Append(t.Context(), requestNamed("after", 1)); err != nil {
		t.Fatal(err)
	}
	if s.active.name() == before {
		t.Error("the file goes on after a sync that failed")
	}
	if handed := handedOut(t, s); len(handed) != 2 || handed["before"].Body == nil || handed["after"].Body == nil {
		t.Error(handed)
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	disk := newFaultyDisk(1)
	s, err := open(disk, Options{MinFree: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), requestNamed("a", 1)); err != nil {
		t.Fatal(err)
	}
	disk.free = 1<<20 + 10
	if err := s.Append(t.Context(), requestNamed("b", 1)); !errors.Is(err, usersync.ErrSpoolFull) {
		t.Error(err)
	}
	disk.free = 2 << 20
	if err := s.Append(t.Context(), requestNamed("c", 1)); err != nil {
		t.Fatal(err)
	}
	if s.Stats().Segments != 1 { // nothing was wrong with the file
		t.Errorf("%+v", s.Stats())
	}
	if got := (Options{}).floor(100 << 20); got != 5<<20 {
		t.Error(got)
	}
	if got := (Options{}).floor(1 << 40); got != 64<<20 {
		t.Error(got)
	}
}

// A power cut between an unlink and the sync of the directory brings back what
// was done; nothing else may come of it.
func TestCutAfterUnlink(t *testing.T) {
	t.Parallel()
	disk := newFaultyDisk(1)
	s, err := open(disk, Options{SegmentBytes: 1, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if err := s.Append(t.Context(), requestNamed(fmt.Sprint(i), 1)); err != nil {
			t.Fatal(err)
		}
	}
	disk.fail = func(op string) error {
		if op == "sync directory" {
			return errPower
		}
		return nil
	}
	if left, err := s.Drain(t.Context(), 50, everythingDone); left != 0 || !errors.Is(err, errPower) {
		t.Error(left, err)
	}
	if len(disk.names) != 0 {
		t.Fatalf("%d files", len(disk.names))
	}
	after := disk.afterCut()
	n := len(after.names)
	if n == 0 || n == 20 {
		t.Fatalf("%d of 20 files came back, which tests nothing", n)
	}
	if s, err = open(after, Options{MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	if s.Stats().Records != n || len(handedOut(t, s)) != n || len(after.names) != 0 {
		t.Errorf("%+v", s.Stats())
	}
}
