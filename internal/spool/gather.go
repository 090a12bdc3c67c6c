package spool

import (
	"errors"
	"fmt"

	usersync "usersync/sync"
)

// thin is how many times as large as what is kept of it a segment is that is not worth
// keeping.
const thin = 8

// gather copies what stays of segments that are all but done into a new one, so that a
// few requests that are refused again and again neither keep much room nor have much
// read again. All of it was handed out in this pass. If the machine stops in between,
// it is there twice, which does no harm.
func (p *pass) gather() error {
	few := p.few()
	if len(few) == 0 {
		return nil
	}
	s := p.spool
	g, records, err := p.copied(few)
	if err != nil || len(records) == 0 || s.checkRoom(int64(len(records))) != nil {
		return err
	}
	switch err := noRoom(s.keep(g, records)); {
	case errors.Is(err, usersync.ErrSpoolFull):
		return nil // another time
	case err != nil:
		return fmt.Errorf("gathering what stays in the spool: %w", err)
	}
	s.mu.Lock()
	s.segments = append(s.segments, g)
	s.bytes += g.bytes
	s.moved += uint64(g.records)
	var old []*segment
	for _, part := range few {
		for _, at := range part.copied { // it comes from there no more, also if the file cannot be removed
			part.done.add(at)
		}
		part.settled = part.records
		old = append(old, part.segment)
	}
	s.mu.Unlock()
	return s.retire(old)
}

// few returns the segments that are worth it: one of which little is left, or several
// that make one. Of a segment that is still written to, or that the disk does not give,
// nothing is moved.
func (p *pass) few() (few []*part) {
	s := p.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	worth, bytes := false, int64(0)
	for _, part := range p.parts {
		if part.stays == 0 || part.kept() != part.stays || part.busy || part.wrong != nil ||
			part.stay > s.opts.SegmentBytes/thin || bytes+part.stay > s.opts.SegmentBytes {
			continue
		}
		few, bytes = append(few, part), bytes+part.stay
		worth = worth || len(few) > 1 || part.stay <= part.segment.bytes/thin
	}
	if !worth {
		return nil
	}
	return few
}

// copied reads what stays, as the records of a new segment: none, if not all of it is
// there any more.
func (p *pass) copied(few []*part) (g *segment, records []byte, err error) {
	s := p.spool
	s.mu.Lock()
	s.number++
	number := s.number
	s.mu.Unlock()
	if g, err = newSegment(number); err != nil {
		return nil, nil, err
	}
	for _, part := range few {
		if records, err = s.copyKept(part, g, records); err != nil {
			return nil, nil, cannotRead(err)
		}
		if len(part.copied) != part.stays {
			return nil, nil, nil
		}
	}
	g.size, g.bytes = int64(len(records)), int64(len(records))
	return g, records, nil
}

// copyKept appends what is not done of a segment to the records of another.
func (s *Spool) copyKept(from *part, g *segment, records []byte) ([]byte, error) {
	file, err := s.disk.open(from.name())
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	sc := scanner{file: file, size: from.until, mark: from.mark}
	for {
		record, at := sc.next()
		if record == nil {
			return records, sc.wrong
		}
		if from.done.has(at) {
			continue
		}
		f, err := walk(content(record), nil)
		if err != nil {
			return nil, err
		}
		start := len(records)
		records = append(records, record...)
		seal(records[start:], g.mark)
		g.add(1, f.receivedAt)
		from.copied = append(from.copied, at)
	}
}

// keep makes a segment durable that is known as a whole, or leaves nothing of it.
func (s *Spool) keep(g *segment, records []byte) error {
	file, err := s.disk.create(g.name())
	if err != nil {
		return err
	}
	_, err = file.Write(records)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = s.disk.sync()
	}
	if err != nil {
		return errors.Join(err, s.disk.remove(g.name()))
	}
	return nil
}
