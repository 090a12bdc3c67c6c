package spool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"

	usersync "usersync/sync"
)

// stalled is a disk whose syncs wait until they are let go.
func stalled(t *testing.T, o Options) (s *Spool, begun chan struct{}, letGo chan struct{}) {
	t.Helper()
	disk := newFaultyDisk(1)
	begun, letGo = make(chan struct{}, 1000), make(chan struct{})
	o.MinFree = -1
	s, err := open(stallingDisk{disk, begun, letGo}, o)
	if err != nil {
		t.Fatal(err)
	}
	return s, begun, letGo
}

type stallingDisk struct {
	*faultyDisk
	begun chan<- struct{}
	letGo <-chan struct{}
}

func (d stallingDisk) create(name string) (appender, error) {
	f, err := d.faultyDisk.create(name)
	return stallingFile{f, d}, err
}

type stallingFile struct {
	appender
	disk stallingDisk
}

func (f stallingFile) Sync() error {
	f.disk.begun <- struct{}{}
	<-f.disk.letGo
	return f.appender.Sync()
}

// queue appends requests at once and returns when all of them wait for a sync.
func queue(t *testing.T, s *Spool, names ...string) (wait func() []error) {
	t.Helper()
	var group sync.WaitGroup
	errs := make([]error, len(names))
	for i, name := range names {
		group.Go(func() { errs[i] = s.Append(context.Background(), requestNamed(name, 100)) })
	}
	return func() []error { group.Wait(); return errs }
}

// Everybody who comes during a sync shares the next one.
func TestGroupSync(t *testing.T) {
	t.Parallel()
	s, begun, letGo := stalled(t, Options{})
	first := queue(t, s, "first")
	<-begun
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprint(i))
	}
	second := queue(t, s, names...)
	waiting := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.next == nil {
			return 0
		}
		return s.next.records
	}
	until(t, func() bool { return waiting() == 50 })
	close(letGo)
	if err := errors.Join(append(first(), second()...)...); err != nil {
		t.Fatal(err)
	}
	if syncs := 1 + len(begun); syncs != 2 {
		t.Errorf("%d syncs for 51 requests", syncs)
	}
}

// The end of a context ends the wait, not the record; and a disk that hangs does
// not fill the memory.
func TestHangingDisk(t *testing.T) {
	t.Parallel()
	s, begun, letGo := stalled(t, Options{})
	first := queue(t, s, "first")
	<-begun
	ended, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			if err := s.Append(ended, requestNamed(fmt.Sprint(i), 1<<20)); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	until(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.next != nil && s.next.records == 3 // of 4 MiB
	})
	cancel()
	group.Wait()
	if s.mu.Lock(); len(s.next.buf) > groupBytes {
		t.Errorf("%d bytes wait", len(s.next.buf))
	}
	s.mu.Unlock()
	close(letGo)
	if err := errors.Join(append(first(), s.Append(t.Context(), requestNamed("last", 1)))...); err != nil {
		t.Fatal(err)
	}
	if handed := handedOut(t, s); len(handed) != 5 || handed["last"].Body == nil {
		t.Errorf("%d handed out", len(handed))
	}
}

// What waits counts against the limit too.
func TestLimitCountsWhatWaits(t *testing.T) {
	t.Parallel()
	s, _, letGo := stalled(t, Options{MaxBytes: 1000})
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprint(i))
	}
	wait := queue(t, s, names...)
	until(t, func() bool { return s.Stats().Refused > 20 })
	close(letGo)
	kept := 0
	for _, err := range wait() {
		if err == nil {
			kept++
		} else if !errors.Is(err, usersync.ErrSpoolFull) {
			t.Error(err)
		}
	}
	if st := s.Stats(); st.Bytes > 1000 || st.Records != kept || kept < 5 {
		t.Errorf("%d kept, %+v", kept, st)
	}
}

// A record of a write that failed does not come back with those before it.
func TestRefusedDoesNotComeBack(t *testing.T) {
	t.Parallel()
	disk := newFaultyDisk(1)
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), requestNamed("kept", 1)); err != nil {
		t.Fatal(err)
	}
	disk.fail = func(op string) error {
		if op == "sync" { // the write was whole
			return syscall.ENOSPC
		}
		return nil
	}
	if err := s.Append(t.Context(), requestNamed("refused", 1)); !errors.Is(err, usersync.ErrSpoolFull) {
		t.Fatal(err)
	}
	disk.fail = nil
	if s, err = open(disk, Options{MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	if handed := handedOut(t, s); len(handed) != 1 || handed["kept"].Body == nil {
		t.Error(handed)
	}
}

// What cannot be set aside at first, for want of room, keeps its segment. Once it
// is set aside, it is so for good.
func TestSetAsideLater(t *testing.T) {
	t.Parallel()
	files, places := kept(t, 40)
	name, p := places["3"].file, places["3"]
	files[name][p.from+40] ^= 1
	disk := diskWith(files)
	disk.fail = func(op string) error {
		if op == "create" {
			return syscall.ENOSPC
		}
		return nil
	}
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	handed := 0
	left, err := s.Drain(t.Context(), 10, func(ctx context.Context, batch []usersync.Verified) ([]bool, error) {
		handed += len(batch)
		return everythingDone(ctx, batch)
	})
	if left != 0 || !errors.Is(err, syscall.ENOSPC) || handed != 39 {
		t.Errorf("%d handed out, %d left, %v", handed, left, err)
	}
	if len(disk.names) != 1 || disk.names[name] == nil {
		t.Fatalf("%d files", len(disk.names))
	}
	disk.fail = nil
	if handed := handedOut(t, s); len(handed) != 0 {
		t.Error(handed)
	}
	if after := disk.afterCut(); len(after.names) != 1 || !holds(after, files[name][p.from:p.to]) {
		t.Errorf("%d files, or they lack what could not be read", len(after.names))
	}
	if st := s.Stats(); st.Segments != 0 || st.CorruptFiles != 1 || st.Bytes != p.to-p.from || st.Damaged != 1 {
		t.Errorf("%+v", st)
	}
}
