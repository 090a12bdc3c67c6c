package spool

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// place is where a request stands.
type place struct {
	file     string
	from, to int64
}

const secretBody = "Annalena.Secret@example.com"

// kept makes a spool of requests and returns its files and where each request is.
func kept(t *testing.T, requests int) (map[string][]byte, map[string]place) {
	t.Helper()
	disk := newFaultyDisk(1)
	s, err := open(disk, Options{SegmentBytes: 800, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range requests {
		v := requestNamed(fmt.Sprint(i), 20+i)
		copy(v.Body, secretBody)
		if err := s.Append(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	files, places := map[string][]byte{}, map[string]place{}
	for name, f := range disk.names {
		files[name] = f.data
		g, _, _ := parseName(name)
		sc := scanner{file: f, size: int64(len(f.data)), mark: g.mark}
		for {
			record, at := sc.next()
			if record == nil {
				break
			}
			v, err := decode(content(record))
			if err != nil {
				t.Fatal(err)
			}
			places[v.Headers["Id"]] = place{name, at, at + int64(len(record))}
		}
	}
	if len(files) < 4 || len(places) != requests {
		t.Fatalf("%d files, %d places", len(files), len(places))
	}
	return files, places
}

func diskWith(files map[string][]byte) *faultyDisk {
	disk := newFaultyDisk(1)
	for name, data := range files {
		f := &faultyFile{disk: disk, data: bytes.Clone(data), durable: bytes.Clone(data)}
		disk.names[name], disk.durable[name] = f, f
	}
	return disk
}

// handedOut drains everything and returns the requests by their ids.
func handedOut(t *testing.T, s *Spool) map[string]usersync.Verified {
	t.Helper()
	handed := map[string]usersync.Verified{}
	left, err := s.Drain(t.Context(), 10, func(ctx context.Context, batch []usersync.Verified) ([]bool, error) {
		for _, v := range batch {
			handed[v.Headers["Id"]] = v
		}
		return everythingDone(ctx, batch)
	})
	if err != nil || left != 0 {
		t.Fatal(left, err)
	}
	return handed
}

// TestDamage flips a bit, overwrites a piece or cuts a file at a random offset: it costs the
// request that stands there and no other, and is never passed over in silence.
func TestDamage(t *testing.T) {
	t.Parallel()
	files, places := kept(t, 40)
	names := sortedKeys(files)
	r := rand.New(rand.NewPCG(7, 7))
	for run := range 1000 {
		name := names[r.IntN(len(names))]
		data := bytes.Clone(files[name])
		from := int64(r.IntN(len(data)))
		to := from + 1
		kind := run % 3
		switch kind {
		case 0:
			data[from] ^= 1 << r.IntN(8)
		case 1:
			to = min(from+1+int64(r.IntN(600)), int64(len(data)))
			for i := from; i < to; i++ {
				data[i] ^= byte(1 + r.IntN(255))
			}
		case 2:
			to = int64(len(data))
			data = data[:from]
		}
		changed := maps.Clone(files)
		changed[name] = data
		disk := diskWith(changed)
		var log bytes.Buffer
		// Half of the runs find the damage at start, half while draining.
		if run%2 > 0 {
			disk = diskWith(files)
		}
		s, err := open(disk, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatalf("run %d: %v", run, err)
		}
		if run%2 > 0 {
			disk.names[name].data = data
		}
		handed := handedOut(t, s)
		hit := 0
		for id, p := range places {
			touched := p.file == name && p.from < to && from < p.to
			if _, ok := handed[id]; ok == touched {
				t.Fatalf("run %d, kind %d: request %s touched %v, handed out %v", run, kind, id, touched, ok)
			}
			if touched {
				hit++
			}
		}
		st := s.Stats()
		if st.Records != 0 || st.Segments != 0 {
			t.Fatalf("run %d: after all was done there is %+v", run, st)
		}
		torn := kind == 2 && run%2 == 0 // which costs nothing that was acknowledged, as far as anybody can tell
		if !torn && hit > 0 && (st.Damaged != 1 || st.CorruptFiles != 1) {
			t.Fatalf("run %d, kind %d: %d requests hit, %+v", run, kind, hit, st)
		}
		if kind < 2 && !holds(disk, data[from:to]) {
			t.Fatalf("run %d: what could not be read stands nowhere", run)
		}
		if strings.Contains(log.String(), secretBody) || hit > 0 && !torn && log.Len() == 0 {
			t.Fatalf("run %d: the log: %s", run, &log)
		}
	}
}

// holds reports whether a file of corrupt records has these bytes.
func holds(disk *faultyDisk, b []byte) bool {
	for name, f := range disk.names {
		if strings.HasSuffix(name, corruptEnding) && bytes.Contains(f.data, b) {
			return true
		}
	}
	return false
}

func sortedKeys(files map[string][]byte) []string {
	all := map[string]*faultyFile{}
	for name := range files {
		all[name] = nil
	}
	return sortedNames(all)
}

// Where a record is damaged the next one is looked for inside its body, which may
// hold what looks like one: nobody who sends a request knows the marker.
func TestRecordInsideABody(t *testing.T) {
	t.Parallel()
	forged := appendRecord(nil, requestNamed("forged", 10))
	seal(forged, marker{1, 2, 3, 4, 5, 6, 7, 8})
	disk := newFaultyDisk(1)
	s, err := open(disk, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		v := requestNamed(id, 0)
		v.Body = bytes.Repeat(forged, 20)
		if err := s.Append(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range disk.names {
		f.data[headSize+3] ^= 1
	}
	if handed := handedOut(t, s); len(handed) != 1 || handed["b"].Body == nil {
		t.Errorf("%d handed out", len(handed))
	}
}

// The same on a real disk, through the exported functions.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	files, places := kept(t, 40)
	dir := filepath.Join(t.TempDir(), "spool")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, name := range sortedKeys(files) {
		data := bytes.Clone(files[name])
		if broken < 3 {
			data[len(data)/2] ^= 0x10
			broken++
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := opened(t, dir, Options{MinFree: -1})
	report, err := Inspect(dir)
	if err != nil {
		t.Fatal(err)
	}
	if report.Records != len(places)-3 || report.Damaged != 3 || len(report.CorruptFiles) != 3 ||
		report.Providers["p"] != report.Records || !report.Held || report.Holder != fmt.Sprint(os.Getpid()) || report.Oldest != 1 {
		t.Errorf("%+v", report)
	}
	if st := s.Stats(); st.Records != report.Records || st.Bytes != report.Bytes || st.Segments != report.Segments || st.Oldest != 1 {
		t.Errorf("%+v, but %+v", st, report)
	}
	seen := map[string]bool{}
	if damaged, err := Each(dir, func(v usersync.Verified) error { seen[v.Headers["Id"]] = true; return nil }); damaged != 3 || err != nil {
		t.Error(damaged, err)
	}
	if handed := handedOut(t, s); len(handed) != len(places)-3 || len(seen) != len(handed) {
		t.Errorf("%d handed out, %d seen", len(handed), len(seen))
	}
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(f.Name(), info.Mode(), err)
		}
	}
	if len(found) != 4 {
		t.Errorf("%v is more than the lock and three files of corrupt records", found)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
}
