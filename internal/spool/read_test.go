package spool

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	usersync "usersync/sync"
)

// badSector is a file of which the disk does not give one page.
type badSector struct {
	reader
	at *int64
}

func (b badSector) ReadAt(p []byte, at int64) (int, error) {
	if *b.at >= 0 && at <= *b.at && *b.at < at+int64(len(p)) {
		return 0, syscall.EIO
	}
	return b.reader.ReadAt(p, at)
}

type badDisk struct {
	*faultyDisk
	at int64
}

func (d *badDisk) open(name string) (reader, error) {
	f, err := d.faultyDisk.open(name)
	return badSector{f, &d.at}, err
}

// TestBadSector: the requests of other sectors are handed out, and the file stays
// as it is for whoever can read more of it.
func TestBadSector(t *testing.T) {
	t.Parallel()
	disk := &badDisk{newFaultyDisk(1), -1}
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		if err := s.Append(t.Context(), requestNamed(fmt.Sprint(i), 20)); err != nil {
			t.Fatal(err)
		}
	}
	var size int
	for _, f := range disk.names {
		size = len(f.data)
	}
	disk.at = 20_000
	handed := handedOut(t, s)
	if n := len(handed); n < 430 || n > 460 { // a page holds about 45
		t.Errorf("%d handed out", n)
	}
	if len(disk.names) != 1 {
		t.Fatalf("%d files", len(disk.names))
	}
	for name, f := range disk.names {
		if !strings.HasSuffix(name, corruptEnding) || len(f.data) != size {
			t.Errorf("%s of %d bytes", name, len(f.data))
		}
	}
	if st := s.Stats(); st.Records != 0 || st.CorruptFiles != 1 || st.Bytes != int64(size) || st.Damaged != 1 {
		t.Errorf("%+v", st)
	}
}

// A batch of large requests is small.
func TestBatchIsBounded(t *testing.T) {
	t.Parallel()
	s, err := open(newFaultyDisk(1), Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if err := s.Append(t.Context(), requestNamed(fmt.Sprint(i), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	calls := 0
	left, err := s.Drain(t.Context(), 1000, func(ctx context.Context, batch []usersync.Verified) ([]bool, error) {
		calls++
		return everythingDone(ctx, batch)
	})
	if left != 0 || err != nil || calls != 3 {
		t.Errorf("%d calls, %d left, %v", calls, left, err)
	}
}

// The oldest and the number of what is kept follow a drain.
func TestStats(t *testing.T) {
	t.Parallel()
	s, err := open(newFaultyDisk(1), Options{MinFree: -1, SegmentBytes: 300})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		v := requestNamed(fmt.Sprint(i), 60)
		v.ReceivedAt = usersync.Micros(100 + i)
		if err := s.Append(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	if st := s.Stats(); st.Records != 10 || st.Oldest != 100 || st.Segments < 3 || st.Bytes < 1000 {
		t.Errorf("%+v", st)
	}
	if left, err := s.Drain(t.Context(), 4, func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		done := make([]bool, len(batch))
		for i, v := range batch {
			done[i] = v.ReceivedAt != 107
		}
		return done, nil
	}); left != 1 || err != nil {
		t.Fatal(left, err)
	}
	if st := s.Stats(); st.Records != 1 || st.Oldest != 107 || st.Segments != 1 {
		t.Errorf("%+v", st)
	}
	if handed := handedOut(t, s); len(handed) != 1 || handed["7"].ReceivedAt != 107 {
		t.Error(handed)
	}
	if st := s.Stats(); st != (Stats{Appended: 10}) {
		t.Errorf("%+v", st)
	}
}

// A request that was done and one that was not become unreadable: the numbers are
// right again, and nothing else is handed out twice or forgotten.
func TestDamageBetweenDrains(t *testing.T) {
	t.Parallel()
	disk := newFaultyDisk(1)
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		v := requestNamed(fmt.Sprint(i), 60)
		v.ReceivedAt = usersync.Micros(i)
		if err := s.Append(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	evenDone := func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
		done := make([]bool, len(batch))
		for i, v := range batch {
			done[i] = v.ReceivedAt%2 == 0
		}
		return done, nil
	}
	if left, err := s.Drain(t.Context(), 3, evenDone); left != 5 || err != nil {
		t.Fatal(left, err)
	}
	for _, f := range disk.names {
		each := len(f.data) / 10
		f.data[2*each+50] ^= 1
		f.data[3*each+50] ^= 1
	}
	if left, err := s.Drain(t.Context(), 3, evenDone); left != 4 || err != nil {
		t.Error(left, err)
	}
	if st := s.Stats(); st.Records != 4 || st.Damaged != 1 || st.Oldest != 1 { // one place, two requests
		t.Errorf("%+v", st)
	}
	if handed := handedOut(t, s); len(handed) != 4 || handed["3"].Body != nil {
		t.Error(len(handed))
	}
	if st := s.Stats(); st.Records != 0 || st.Segments != 0 || st.CorruptFiles != 1 {
		t.Errorf("%+v", st)
	}
}

// A reader tells the end that was not written from one that was and is damaged.
func TestTornEnds(t *testing.T) {
	t.Parallel()
	m := marker{1, 2, 3, 4, 5, 6, 7, 8}
	first, second := appendRecord(nil, requestNamed("a", 50)), appendRecord(nil, requestNamed("b", 50))
	seal(first, m)
	seal(second, m)
	zeros := make([]byte, 3000)
	flipped := append([]byte{}, second...)
	flipped[markerSize] ^= 0x80 // its length reaches beyond the end
	for name, test := range map[string]struct {
		tail []byte
		torn bool
	}{
		"nothing":                       {nil, true},
		"zeros":                         {zeros, true},
		"a piece of a marker":           {second[:3], true},
		"a piece of a marker and zeros": {append(second[:3:3], zeros...), true},
		"a head":                        {second[:headSize], true},
		"half a record":                 {second[:60], true},
		"half a record and zeros":       {append(second[:60:60], zeros...), true},
		"all but the end":               {second[:len(second)-1], true},
		"a flipped length":              {flipped, false},
		"something else":                {[]byte("xyz"), false},
		"damaged and to its end":        {append(append(second[:60:60], make([]byte, len(second)-61)...), endMark), false},
	} {
		file := append(append([]byte{}, first...), test.tail...)
		sc := scanner{file: strings.NewReader(string(file)), size: int64(len(file)), mark: m, mayEndTorn: true}
		n := 0
		for record, _ := sc.next(); record != nil; record, _ = sc.next() {
			n++
		}
		if n != 1 || (len(sc.lost) == 0) != test.torn || test.torn && sc.torn != int64(len(test.tail)) {
			t.Errorf("%s: %d records, lost %v, torn %d", name, n, sc.lost, sc.torn)
		}
	}
}
