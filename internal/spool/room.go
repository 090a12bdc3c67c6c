package spool

// Room returns nil if the spool takes requests, as far as can be known without
// one: there is room within its limit and on its disk, and the last one that was
// written was kept.
func (s *Spool) Room() error {
	s.mu.Lock()
	used, wrong := s.bytes+s.queued, s.wrong
	s.mu.Unlock()
	usual := s.opts.usual()
	switch {
	case wrong != nil:
		return wrong
	case used+usual > s.opts.MaxBytes:
		return capReached(s.opts.MaxBytes)
	default:
		return s.checkRoom(usual)
	}
}
