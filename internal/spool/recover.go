package spool

import (
	"cmp"
	"fmt"
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
		found = append(found, g)
	}
	slices.SortFunc(found, byNumber)
	s.segments = slices.Clone(found)
	var empty []*segment
	for _, g := range found {
		if err := s.recover(g); err != nil {
			return nil, err
		}
		if g.records == 0 {
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

// recover counts what a segment of another process holds.
func (s *Spool) recover(g *segment) error {
	file, err := s.disk.open(g.name())
	if err != nil {
		return fmt.Errorf("reading a segment: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	sc := scanner{file: file, size: g.size, mark: g.mark, mayEndTorn: true}
	for {
		record, _ := sc.next()
		if record == nil {
			break
		}
		f, err := walk(content(record), nil)
		if err != nil {
			return err
		}
		g.add(1, f.receivedAt)
	}
	g.size -= sc.torn
	if sc.torn > 0 {
		s.opts.Log.Info("the end of a spool segment was not written; nothing in it was acknowledged", "file", g.name(), "bytes", sc.torn)
	}
	s.judge(g, &sc)
	return nil
}

// add counts records of which the oldest was received at a time.
func (g *segment) add(records int, oldest usersync.Micros) {
	if g.kept() == 0 || oldest < g.oldest {
		g.oldest = oldest
	}
	g.records += records
}
