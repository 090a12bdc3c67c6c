package spool

import usersync "usersync/sync"

// Stats is what a spool holds and has done since it was opened.
type Stats struct {
	Records  int   // that are kept
	Bytes    int64 // that the files take
	Segments int
	// Unreadable is how many segments nothing could be read of so far. They count
	// in Segments and, as far as their size is known, in Bytes, but nobody knows
	// how many requests they hold.
	Unreadable int
	Oldest     usersync.Micros // when the oldest kept request was received, or 0
	// CorruptFiles wait for somebody to look at them; Damaged counts the places
	// in segments that could not be read.
	CorruptFiles int
	Damaged      uint64
	Appended     uint64 // requests
	Refused      uint64 // for want of room
	Failed       uint64 // of which nobody knows whether they were kept
	Moved        uint64 // out of segments of which little else was left
}

// Stats returns the numbers, which are kept and not looked up.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{
		Bytes: s.bytes, Segments: len(s.segments), CorruptFiles: len(s.corrupt),
		Appended: s.appended, Refused: s.refused, Failed: s.failed, Damaged: s.damaged, Moved: s.moved,
	}
	for _, g := range s.segments {
		if g.unread != nil {
			st.Unreadable++
		}
		if g.kept() == 0 {
			continue
		}
		if st.Records == 0 || g.oldest < st.Oldest {
			st.Oldest = g.oldest
		}
		st.Records += g.kept()
	}
	return st
}
