package spool

import (
	"errors"
	"slices"

	usersync "usersync/sync"
)

// spareBytes is how large a buffer may be to be kept for the next group.
const spareBytes = 1 << 20

// write writes group after group for as long as there is one. Whoever comes during
// an fsync is in the next group: no timer is needed to gather them.
func (s *Spool) write() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.next != nil {
		g := s.next
		s.next = nil
		if s.active != nil && s.active.size >= s.opts.SegmentBytes {
			s.endSegment()
		}
		seg := s.active
		if seg != nil {
			seg.busy = true
		}
		s.mu.Unlock()
		seg, err := s.store(seg, g)
		s.mu.Lock()
		s.account(seg, g, err)
		g.err = err
		close(g.done)
		if cap(g.buf) <= spareBytes {
			s.spare = g.buf
		}
		g.buf = nil
	}
	s.writing = false
	s.idle.Broadcast()
}

// endSegment ends the active segment. Its file is the writer's while it is busy.
func (s *Spool) endSegment() {
	if seg := s.active; !seg.busy {
		seg.close()
	}
	s.active = nil
}

// store makes a group durable in seg, or in a new segment if there is none, which
// it returns. After an error of write or fsync nobody knows what of the file will
// be on the disk, and a later fsync that succeeds would not tell: the segment ends
// before the group.
func (s *Spool) store(seg *segment, g *group) (*segment, error) {
	if err := s.checkRoom(int64(len(g.buf))); err != nil {
		return seg, err
	}
	if seg == nil {
		var err error
		if seg, err = s.begin(); err != nil {
			return nil, noRoom(err)
		}
	}
	for rest := g.buf; len(rest) > 0; {
		rest = seal(rest, seg.mark)
	}
	_, err := seg.file.Write(g.buf)
	if err == nil {
		err = seg.file.Sync()
	}
	if err == nil {
		return seg, nil
	}
	// What was not acknowledged need not come back, and takes room. If this fails
	// too it comes back after a restart, which does no harm.
	if cut := seg.file.Truncate(seg.size); cut != nil {
		s.opts.Log.Warn("a spool segment keeps records that were not acknowledged", "file", seg.name(), "error", cut)
	}
	seg.close()
	if seg.size == 0 {
		err = errors.Join(err, s.disk.remove(seg.name()))
	}
	return seg, noRoom(err)
}

// checkRoom fails if so many bytes more would leave too little of the disk free.
func (s *Spool) checkRoom(bytes int64) error {
	free, size, err := s.disk.room()
	if err != nil {
		return err
	}
	return s.opts.leaves(free, size, bytes)
}

// begin makes a new segment, busy and active.
func (s *Spool) begin() (*segment, error) {
	s.mu.Lock()
	s.number++
	number := s.number
	s.mu.Unlock()
	seg, err := newSegment(number)
	if err != nil {
		return nil, err
	}
	if seg.file, err = s.disk.create(seg.name()); err != nil {
		return nil, err
	}
	if err := s.disk.sync(); err != nil {
		seg.close()
		return nil, errors.Join(err, s.disk.remove(seg.name()))
	}
	seg.busy = true
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = append(s.segments, seg)
	s.active = seg
	return seg, nil
}

// account takes over what became of a group.
func (s *Spool) account(seg *segment, g *group, err error) {
	s.queued -= int64(len(g.buf))
	s.wrong = err
	switch {
	case err == nil:
		seg.add(g.records, g.oldest)
		seg.size += int64(len(g.buf))
		seg.bytes += int64(len(g.buf))
		s.bytes += int64(len(g.buf))
		s.appended += uint64(g.records)
	case errors.Is(err, usersync.ErrSpoolFull):
		s.refused += uint64(g.records)
	default:
		s.failed += uint64(g.records)
	}
	if seg == nil {
		return
	}
	seg.busy = false
	switch {
	case seg.file == nil: // it failed
		if s.active == seg {
			s.active = nil
		}
		if seg.records == 0 {
			s.segments = slices.DeleteFunc(s.segments, func(other *segment) bool { return other == seg })
		}
	case s.active != seg: // sealed meanwhile
		seg.close()
	}
}

// close gives up the file of a segment, of which everything that counts was
// synced.
func (g *segment) close() {
	_ = g.file.Close()
	g.file = nil
}
