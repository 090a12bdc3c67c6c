package spool

import (
	"cmp"
	"slices"

	usersync "usersync/sync"
)

// open reads what a directory holds. Nothing in it is changed but that segments
// without a record go, and that what cannot be read is set aside.
func open(d disk, o Options) (*Spool, error) {
	s := &Spool{
		disk: d, opts: o.withDefaults(), release: func() error { return nil },
		turn: make(chan struct{}, 1), corrupt: map[string]int64{},
	}
	s.idle.L = &s.mu
	files, err := d.list()
	if err != nil {
		return nil, err
	}
	var found []*segment
	for _, f := range files {
		g, corrupt, ok := parseName(f.name)
		if !ok {
			continue
		}
		s.number = max(s.number, g.number)
		s.bytes += f.size
		if corrupt {
			s.corrupt[f.name] = f.size
			continue
		}
		g.size, g.bytes = f.size, f.size
		g.unsized, g.unread = f.err != nil, f.err
		found = append(found, g)
	}
	slices.SortFunc(found, byNumber)
	s.segments = slices.Clone(found)
	var empty []*segment
	for _, g := range found {
		s.recover(g)
		if g.unread == nil && g.records == 0 {
			empty = append(empty, g)
		}
	}
	if err := s.retire(empty); err != nil {
		s.opts.Log.Error("segments of the spool that hold no request are still there; the next drain removes them", "error", err)
	}
	return s, nil
}

func byNumber(a, b *segment) int {
	return cmp.Or(cmp.Compare(a.number, b.number), slices.Compare(a.mark[:], b.mark[:]))
}

// recover counts what a segment of another process holds. If nothing can be read of
// it that is noted, and said once: what the others hold must not wait for it.
func (s *Spool) recover(g *segment) {
	if g.unsized {
		s.tellUnreadable(g)
		return
	}
	found, sc, err := s.look(g)
	if err != nil {
		s.unreadable(g, err)
		return
	}
	if sc.torn > 0 {
		s.opts.Log.Info("the end of a spool segment was not written; nothing in it was acknowledged", "file", g.name(), "bytes", sc.torn)
	}
	s.mu.Lock()
	if found.records > 0 {
		g.add(found.records, found.oldest)
	}
	g.size -= sc.torn
	g.unread = nil
	s.mu.Unlock()
	s.judge(g, sc)
}

// look reads a segment to its end.
func (s *Spool) look(g *segment) (found segment, sc *scanner, err error) {
	file, err := s.disk.open(g.name())
	if err != nil {
		return found, nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	sc = &scanner{file: file, size: g.size, mark: g.mark, mayEndTorn: true}
	for {
		record, _ := sc.next()
		if record == nil {
			break
		}
		f, err := walk(content(record), nil)
		if err != nil {
			return found, nil, err
		}
		found.add(1, f.receivedAt)
	}
	return found, sc, sc.refused()
}

// add counts records of which the oldest was received at a time.
func (g *segment) add(records int, oldest usersync.Micros) {
	if g.kept() == 0 || oldest < g.oldest {
		g.oldest = oldest
	}
	g.records += records
}
