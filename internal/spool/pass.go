package spool

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	usersync "usersync/sync"
)

// pass goes once over what was kept when it began.
type pass struct {
	spool *Spool
	limit int
	apply applyFunc
	parts []*part
	unset []*part // read to their ends, with requests in the batch

	batch []usersync.Verified
	from  []origin // of the batch
	bytes int      // of the batch
	wrong error    // of the disk
}

// origin is where a request of a batch stands.
type origin struct {
	part *part
	at   int64
	size int64
}

// part is one segment as a pass sees it.
type part struct {
	*segment
	until   int64           // where it ended when the pass began
	had     int             // its records then
	left    int             // of them not done, so far
	found   int             // records that were read
	earlier int             // of them done before this pass
	now     int             // done in this pass
	stays   int             // handed out and not done
	stay    int64           // the bytes of those
	copied  []int64         // where those stood that a new segment holds
	oldest  usersync.Micros // of those
}

// pass ends the active segment and lists what there is to hand out.
func (s *Spool) pass(limit int, apply applyFunc) (*pass, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if s.active != nil && s.active.records > 0 {
		s.endSegment()
	}
	p := &pass{spool: s, limit: limit, apply: apply}
	for _, g := range s.segments {
		if g != s.active && (g.records > 0 || !g.busy) {
			p.parts = append(p.parts, &part{segment: g, until: g.size, had: g.records, left: g.kept()})
		}
	}
	return p, nil
}

// run hands everything out. An error of the disk is kept in p.wrong.
func (p *pass) run(ctx context.Context) error {
	for _, part := range p.parts {
		if err := p.read(ctx, part); err != nil {
			return err
		}
	}
	return p.flush(ctx)
}

// left is how many requests stay.
func (p *pass) left() int {
	n := 0
	for _, part := range p.parts {
		n += part.left
	}
	return n
}

// read hands out what is not done of a segment, but for the last of it, which
// waits for a batch to be full.
func (p *pass) read(ctx context.Context, part *part) error {
	if part.unread != nil && !p.again(part) {
		return nil
	}
	file, err := p.spool.disk.open(part.name())
	if err != nil {
		p.wrong = errors.Join(p.wrong, cannotRead(err))
		if errors.Is(err, fs.ErrNotExist) && p.spool.inPlace() {
			p.vanished(part)
		}
		return nil
	}
	defer file.Close() //nolint:errcheck // it was only read
	sc := scanner{file: file, size: part.until, mark: part.mark}
	for {
		record, at := sc.next()
		if record == nil {
			break
		}
		part.found++
		if part.done.has(at) {
			part.earlier++
			continue
		}
		v, err := decode(content(record))
		if err != nil {
			return err
		}
		p.batch = append(p.batch, v)
		p.from = append(p.from, origin{part, at, int64(len(record))})
		p.bytes += len(record)
		if len(p.batch) == p.limit || p.bytes >= batchBytes {
			if err := p.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := sc.refused(); err != nil { // it may be there tomorrow
		p.wrong = errors.Join(p.wrong, cannotRead(err))
		return nil
	}
	p.spool.judge(part.segment, &sc)
	p.unset = append(p.unset, part)
	return nil
}

// flush applies the batch, notes what became of it, and removes segments that it
// has finished.
func (p *pass) flush(ctx context.Context) error {
	var ended error
	if len(p.batch) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		var done []bool
		done, ended = p.apply(ctx, p.batch)
		p.note(done)
		p.batch, p.from, p.bytes = nil, p.from[:0], 0
	}
	var finished []*segment
	for _, part := range p.unset {
		if p.settle(part) {
			finished = append(finished, part.segment)
		}
	}
	p.unset = p.unset[:0]
	if err := p.spool.retire(finished); err != nil {
		p.wrong = errors.Join(p.wrong, err)
	}
	return ended
}

// note remembers which requests of the batch are done.
func (p *pass) note(done []bool) {
	p.spool.mu.Lock()
	defer p.spool.mu.Unlock()
	for i, o := range p.from {
		if i < len(done) && done[i] {
			o.part.done.add(o.at)
			o.part.settled++
			o.part.now++
			o.part.left--
			continue
		}
		if at := p.batch[i].ReceivedAt; o.part.stays == 0 || at < o.part.oldest {
			o.part.oldest = at
		}
		o.part.stays++
		o.part.stay += o.size
	}
}

// settle puts the numbers of a segment that was read to its end right, in case it
// holds fewer records than it did, and reports whether it can go.
func (p *pass) settle(part *part) bool {
	s, g := p.spool, part.segment
	s.mu.Lock()
	defer s.mu.Unlock()
	later := g.records - part.had
	g.records = part.found + later
	g.settled = part.earlier + part.now
	part.left = part.found - g.settled
	if later == 0 && part.stays > 0 {
		g.oldest = part.oldest
	}
	return g.kept() == 0 && !g.busy
}

// inPlace reports whether the directory is the one that was opened, and not what is
// there while its disk is not mounted.
func (s *Spool) inPlace() bool {
	lock, err := s.disk.open(lockName)
	if err != nil {
		return false
	}
	_ = lock.Close() // it was only looked for
	return true
}

// vanished forgets a segment whose file somebody removed.
func (p *pass) vanished(part *part) {
	s := p.spool
	s.opts.Log.Error("a segment of the spool was removed by somebody else", "file", part.name(), "requests_lost", part.left)
	part.left = 0
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = slices.DeleteFunc(s.segments, func(g *segment) bool { return g == part.segment })
	s.bytes -= part.bytes
}
