package spool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	usersync "usersync/sync"
)

// passing drains once, keeping the requests whose name begins with "stuck", and fails if one
// of those that wait is not handed out exactly once.
func passing(t *testing.T, s *Spool, waiting int) {
	t.Helper()
	handed := map[string]int{}
	left, err := s.Drain(t.Context(), 10, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		done := make([]bool, len(batch))
		for i, v := range batch {
			id := v.Headers["Id"]
			handed[id]++
			done[i] = !strings.HasPrefix(id, "stuck")
		}
		return done, nil
	})
	if err != nil && !errors.Is(err, syscall.EPERM) {
		t.Fatal(err)
	}
	stuck := 0
	for id, times := range handed {
		if times != 1 {
			t.Fatalf("%s was handed out %d times", id, times)
		}
		if strings.HasPrefix(id, "stuck") {
			stuck++
		}
	}
	if stuck != waiting || left != waiting || s.Stats().Records != waiting {
		t.Fatalf("%d handed out, %d left, %d kept, want %d", stuck, left, s.Stats().Records, waiting)
	}
}

// Requests that are refused again and again keep about their own size, not the segments
// that they came in, and not a segment each, also where files cannot be removed for a
// while; they are handed out once in each pass, and gone when they are taken.
func TestStuckRequestsKeepLittle(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{false, true} {
		disk := newFaultyDisk(1)
		s, err := open(disk, Options{SegmentBytes: 64 << 10, MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		add := func(id string) {
			if err := s.Append(t.Context(), requestNamed(id, 200)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 1000 {
			if i%300 == 100 {
				add(fmt.Sprint("stuck", i)) // in segments that are large
			}
			add(fmt.Sprint(i))
		}
		disk.fail = func(op string) error {
			if refused && op == "remove" {
				return syscall.EPERM
			}
			return nil
		}
		passing(t, s, 3)
		for i := range 20 { // and in ones that are small
			add(fmt.Sprint("stuck again ", i))
			add(fmt.Sprint("then ", i))
			passing(t, s, 4+i)
		}
		disk.fail = nil
		passing(t, s, 23)
		passing(t, s, 23)
		st := s.Stats()
		if st.Segments > 2 || st.Bytes > 23*300 || st.Moved < 23 || len(disk.names) != st.Segments {
			t.Errorf("refused %v: %+v, %d files", refused, st, len(disk.names))
		}
		if passing(t, s, 23); s.Stats().Moved != st.Moved {
			t.Error("what was gathered is moved again")
		}
		// Another process finds the same.
		if s, err = open(disk, Options{SegmentBytes: 64 << 10, MinFree: -1}); err != nil || s.Stats().Records != 23 {
			t.Fatalf("%+v, %v", s.Stats(), err)
		}
		if handed := handedOut(t, s); len(handed) != 23 || len(handed["stuck100"].Body) != 200 || len(disk.names) != 0 {
			t.Errorf("%d handed out, %d files are left", len(handed), len(disk.names))
		}
	}
}

// What cannot be gathered stays where it is, and leaves no file behind.
func TestNothingIsGatheredWithoutRoom(t *testing.T) {
	t.Parallel()
	for _, failing := range []string{"create", "write", "sync", "sync directory"} {
		disk := newFaultyDisk(1)
		s, err := open(disk, Options{MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			if err := s.Append(t.Context(), requestNamed(fmt.Sprint(i), 200)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Append(t.Context(), requestNamed("stuck", 200)); err != nil {
			t.Fatal(err)
		}
		disk.fail = func(op string) error {
			if op == failing {
				return syscall.ENOSPC
			}
			return nil
		}
		before := s.Stats().Bytes
		passing(t, s, 1)
		if st := s.Stats(); st.Moved != 0 || st.Bytes != before || len(disk.names) != 1 {
			t.Errorf("%s: %+v, %d files", failing, st, len(disk.names))
		}
		disk.fail = nil
		passing(t, s, 1)
		if st := s.Stats(); st.Moved != 1 || st.Bytes >= before/thin || len(disk.names) != 1 {
			t.Errorf("%s, with room: %+v, %d files", failing, st, len(disk.names))
		}
	}
}

// The power goes at each step of a drain that gathers: what was acknowledged and not done is
// there, once or twice.
func TestPowerCutsWhileGathering(t *testing.T) {
	t.Parallel()
	cuts, moved, twice := 0, 0, 0
	for seed := range uint64(40) {
		for at, ended := 1, false; !ended; at++ {
			disk, book := newFaultyDisk(seed), newLedger()
			r := rand.New(rand.NewPCG(seed, 6))
			s, err := open(disk, Options{SegmentBytes: 4000, MinFree: -1})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 60 {
				name := fmt.Sprint(i)
				if i%20 == 7 {
					name = "stuck" + name
				}
				if err := book.append(s, name, r); err != nil {
					t.Fatal(err)
				}
			}
			disk.cutAt = disk.ops + at
			_, err = s.Drain(t.Context(), 10, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
				done := make([]bool, len(batch))
				for i, v := range batch {
					id := v.Headers["Id"]
					done[i] = !strings.HasPrefix(id, "stuck")
					book.done[id] = done[i]
				}
				return done, nil
			})
			ended = err == nil
			if ended && s.Stats().Moved != 3 {
				t.Fatalf("%+v", s.Stats())
			}
			cuts++
			moved += int(s.Stats().Moved)
			after := disk.afterCut()
			handed, times := map[string]bool{}, map[string]int{}
			w, err := walkAll(after, func(record []byte) error {
				v, err := decode(content(record))
				handed[v.Headers["Id"]] = true
				times[v.Headers["Id"]]++
				return err
			})
			if err != nil || w.why != nil {
				t.Fatalf("%+v, %v", w, err)
			}
			for id, n := range times {
				if n > 2 || n == 2 && !strings.HasPrefix(id, "stuck") {
					t.Fatalf("%s is there %d times", id, n)
				}
				twice += n - 1
			}
			if faults := book.judge(handed); len(faults) > 0 {
				t.Fatalf("seed %d, step %d: %q", seed, at, faults)
			}
		}
	}
	if moved == 0 || twice == 0 {
		t.Errorf("%d moved, %d there twice: it tests nothing", moved, twice)
	}
	t.Logf("%d power cuts, %d moved, %d there twice, 0 missing", cuts, moved, twice)
}
