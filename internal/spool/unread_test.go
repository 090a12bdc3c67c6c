package spool

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"syscall"
	"testing"
)

// stubborn is a disk that does not give one file.
type stubborn struct {
	*faultyDisk
	name              string
	open_, read, stat error
}

type stubbornFile struct {
	reader
	err error
}

func (f stubbornFile) ReadAt(p []byte, at int64) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.reader.ReadAt(p, at)
}

func (d *stubborn) open(name string) (reader, error) {
	f, err := d.faultyDisk.open(name)
	if err != nil || name != d.name {
		return f, err
	}
	return stubbornFile{f, d.read}, d.open_
}

func (d *stubborn) list() ([]entry, error) {
	files, err := d.faultyDisk.list()
	for i := range files {
		if files[i].name == d.name && d.stat != nil {
			files[i] = entry{name: d.name, err: d.stat}
		}
	}
	return files, err
}

// A segment that cannot be read at start keeps nothing else from being drained, is
// named, and is drained once it can be read.
func TestUnreadableSegment(t *testing.T) {
	t.Parallel()
	const requests = 40
	files, places := kept(t, requests)
	name := sortedKeys(files)[1]
	inside := 0
	var all int64
	for _, data := range files {
		all += int64(len(data))
	}
	for _, p := range places {
		if p.file == name {
			inside++
		}
	}
	for what, disk := range map[string]*stubborn{
		"rights": {open_: syscall.EACCES}, "disk": {read: syscall.EIO}, "inode": {stat: syscall.ENXIO, open_: syscall.ENXIO},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			disk.faultyDisk, disk.name = diskWith(files), name
			known := all
			if disk.stat != nil {
				known -= int64(len(files[name]))
			}
			var log bytes.Buffer
			s, err := open(disk, Options{MinFree: -1, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if st := s.Stats(); st.Unreadable != 1 || st.Records != requests-inside || st.Bytes != known || st.Segments != len(files) {
				t.Errorf("%+v", st)
			}
			if !strings.Contains(log.String(), name) || !strings.Contains(log.String(), "mode 0600") {
				t.Errorf("the log: %s", &log)
			}
			w, err := walkAll(disk, func([]byte) error { return nil })
			if err != nil || w.why == nil || len(w.unreadable) != 1 || w.unreadable[0] != name {
				t.Errorf("%+v, %v", w, err)
			}
			if doubts := unreadableOf(disk); len(doubts) != 1 || !strings.Contains(doubts[0], name) {
				t.Errorf("%q", doubts)
			}
			for range 2 { // tried again, and told as an error
				if left, err := s.Drain(t.Context(), 10, everythingDone); left != 0 || err == nil {
					t.Error(left, err)
				}
			}
			if st := s.Stats(); st.Unreadable != 1 || st.Records != 0 || st.Segments != 1 || len(disk.names) != 1 {
				t.Errorf("after the others were drained: %+v", st)
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
				t.Errorf("said %d times:\n%s", n, &log)
			}
			disk.open_, disk.read, disk.stat = nil, nil, nil
			if handed := handedOut(t, s); len(handed) != inside {
				t.Errorf("%d handed out of %d", len(handed), inside)
			}
			if st := s.Stats(); st.Unreadable != 0 || st.Records != 0 || st.Segments != 0 || st.Bytes != 0 || len(disk.names) != 0 {
				t.Errorf("in the end: %+v, %d files", st, len(disk.names))
			}
		})
	}
}

// One that turns out to be gone is forgotten; one that cannot be read while it is
// drained stays under its name, in case the disk is better tomorrow.
func TestUnreadableLater(t *testing.T) {
	t.Parallel()
	disk := &stubborn{faultyDisk: newFaultyDisk(1)}
	if f, err := disk.create(lockName); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := s.Append(t.Context(), requestNamed(fmt.Sprint(i), 10)); err != nil {
			t.Fatal(err)
		}
	}
	disk.name, disk.read = s.active.name(), syscall.EIO
	if left, err := s.Drain(t.Context(), 10, everythingDone); left != 3 || err == nil {
		t.Error(left, err)
	}
	if s, err = open(disk, Options{MinFree: -1}); err != nil || s.Stats().Unreadable != 1 {
		t.Fatal(err)
	}
	disk.read = nil
	if handed := handedOut(t, s); len(handed) != 3 {
		t.Errorf("%d handed out", len(handed))
	}
	if err := s.Append(t.Context(), requestNamed("removed", 10)); err != nil {
		t.Fatal(err)
	}
	disk.name, disk.open_ = s.active.name(), syscall.EACCES
	if s, err = open(disk, Options{MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	if err := disk.remove(disk.name); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Drain(t.Context(), 10, everythingDone); err == nil {
		t.Error("nothing was said of it")
	}
	if st := s.Stats(); st.Unreadable != 0 || st.Segments != 0 || st.Bytes != 0 {
		t.Errorf("%+v", st)
	}
}

// The end of a file that the disk does not give is not taken for one that was never
// written: what stands there may have been acknowledged.
func TestBadSectorAtTheEnd(t *testing.T) {
	t.Parallel()
	disk := &badDisk{newFaultyDisk(1), -1}
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := s.Append(t.Context(), requestNamed(fmt.Sprint(i), 20)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range disk.names {
		disk.at = int64(len(f.data)) - 10
	}
	if s, err = open(disk, Options{MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	before := s.Stats().Records
	if before == 0 || before == 100 {
		t.Fatalf("%d records tell nothing", before)
	}
	disk.at = -1
	if handed := handedOut(t, s); len(handed) != 100 {
		t.Errorf("%d handed out, %d were seen at start", len(handed), before)
	}
}
