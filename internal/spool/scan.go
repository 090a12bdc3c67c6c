package spool

import (
	"bytes"
	"errors"
	"io"
)

const (
	// chunk is how much of a segment is read at once; a longer record makes it
	// longer.
	chunk = 256 << 10
	// page is how much is given up where the disk reports an error.
	page = 4 << 10
)

// stretch is a part of a segment that no record could be read from.
type stretch struct{ from, to int64 }

// scanner reads the records of one segment in their order.
type scanner struct {
	file io.ReaderAt
	size int64
	mark marker
	// mayEndTorn says that the end may have been written by halves, which is so
	// in a segment that another process has left.
	mayEndTorn bool

	found int       // records, so far
	lost  []stretch // what could not be read, so far
	torn  int64     // the length of an end that was written by halves
	wrong error     // the last error of the disk

	pos int64
	buf []byte // of the file, from at on
	at  int64
}

// next returns the next record that checks out and where it stands, or nil at the
// end. The record is good until the next call.
func (s *scanner) next() (record []byte, at int64) {
	bad := int64(-1)
	for s.pos < s.size {
		at = s.pos
		if record = s.record(at); record != nil {
			if bad >= 0 {
				s.lost = append(s.lost, stretch{bad, at})
			}
			s.pos += int64(len(record))
			s.found++
			return record, at
		}
		if bad < 0 {
			bad = at
		}
		s.pos = s.search(at + 1)
	}
	switch {
	case bad < 0:
	case s.mayEndTorn && s.tornFrom(bad) && s.wrong == nil: // what the disk does not give only looks like zeros
		s.torn = s.size - bad
	default:
		s.lost = append(s.lost, stretch{bad, s.size})
	}
	return nil, s.size
}

// refused returns why the disk gives nothing of the segment, or nil if that is not so.
// That a file is shorter than it was is no trouble of the disk.
func (s *scanner) refused() error {
	if s.found > 0 || errors.Is(s.wrong, io.EOF) {
		return nil
	}
	return s.wrong
}

// record returns the record that stands at an offset, or nil.
func (s *scanner) record(at int64) []byte {
	whole := recordLength(s.window(at, headSize), s.mark)
	if whole == 0 || whole > s.size-at {
		return nil
	}
	record := s.window(at, whole)
	if !intact(record) {
		return nil
	}
	if _, err := walk(content(record), nil); err != nil {
		return nil
	}
	return record
}

// search returns where the marker stands next, or the size.
func (s *scanner) search(from int64) int64 {
	for s.size-from >= markerSize {
		w := s.window(from, chunk)
		if i := bytes.Index(w, s.mark[:]); i >= 0 {
			return from + int64(i)
		}
		from += int64(len(w)) - markerSize + 1
	}
	return s.size
}

// tornFrom reports whether what stands from an offset to the end is the beginning
// of a record that was not written to its end: the file was cut short, or was
// made longer and filled with zeros. A record that is there to its end and does not
// check out is something else: it may have been acknowledged.
func (s *scanner) tornFrom(at int64) bool {
	written := s.lastWritten(at)
	head := s.window(at, headSize)
	if written-at < headSize {
		return bytes.HasPrefix(s.mark[:], head[:min(written-at, markerSize)])
	}
	whole := recordLength(head, s.mark)
	return whole > 0 && (at+whole > s.size || written < at+whole)
}

// lastWritten returns the offset behind the last byte that is not zero, or from.
func (s *scanner) lastWritten(from int64) int64 {
	last := from
	for at := from; at < s.size; {
		w := s.window(at, chunk)
		if n := len(bytes.TrimRight(w, "\x00")); n > 0 {
			last = at + int64(n)
		}
		at += int64(len(w))
	}
	return last
}

// window returns n bytes from an offset on, fewer at the end.
func (s *scanner) window(at, n int64) []byte {
	n = min(n, s.size-at)
	if at < s.at || at+n > s.at+int64(len(s.buf)) {
		want := min(max(n, chunk), s.size-at)
		if int64(cap(s.buf)) < want {
			s.buf = make([]byte, want)
		}
		s.buf, s.at = s.buf[:want], at
		s.read(s.buf, at)
	}
	return s.buf[at-s.at:][:n]
}

// read fills b. What the disk does not give reads as zeros, so that a bad sector
// costs its own records only.
func (s *scanner) read(b []byte, at int64) {
	if _, err := s.file.ReadAt(b, at); err == nil {
		return
	}
	for len(b) > 0 {
		part := b[:min(len(b), page)]
		if n, err := s.file.ReadAt(part, at); n < len(part) {
			s.wrong = err
			clear(part[n:])
		}
		b, at = b[len(part):], at+int64(len(part))
	}
}
