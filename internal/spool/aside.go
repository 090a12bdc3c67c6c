package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// judge takes over what a scan could not read, tells about it if it is news, and
// sets it aside.
func (s *Spool) judge(g *segment, sc *scanner) {
	if sc.wrong != nil && g.wrong == nil {
		s.opts.Log.Error("the disk does not give all of a spool segment; it is renamed to what is corrupt once the rest is done",
			"file", g.name(), "corrupt", g.corruptName(), "error", sc.wrong)
	}
	g.wrong = sc.wrong
	if slices.Equal(g.lost, sc.lost) {
		return
	}
	news := len(sc.lost) - len(g.lost)
	g.lost, g.aside = slices.Clone(sc.lost), false
	s.mu.Lock()
	s.damaged += uint64(max(news, 0))
	s.mu.Unlock()
	if g.wrong != nil || len(g.lost) == 0 {
		return
	}
	var bytes int64
	for _, part := range g.lost {
		bytes += part.to - part.from
	}
	s.opts.Log.Error("a spool segment holds what cannot be read; it is set aside, all other records are kept",
		"file", g.name(), "corrupt", g.corruptName(), "places", len(g.lost), "first_at", g.lost[0].from, "bytes", bytes)
	if err := s.setAside(g); err != nil {
		s.opts.Log.Error("what cannot be read of a spool segment is not set aside so far; the segment stays until it is",
			"file", g.name(), "error", err)
	}
}

// setAside copies what cannot be read of a segment to a file beside it. As long as
// the segment is there the copy can be made again, so a half one does no harm.
func (s *Spool) setAside(g *segment) error {
	if g.aside || len(g.lost) == 0 {
		return nil
	}
	from, err := s.disk.open(g.name())
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	if err := s.disk.remove(g.corruptName()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.countCorrupt(g.corruptName(), -1)
	to, err := s.disk.create(g.corruptName())
	if err != nil {
		return err
	}
	written, err := copyParts(to, from, g.lost)
	s.countCorrupt(g.corruptName(), written)
	if err = errors.Join(err, to.Close()); err != nil {
		return err
	}
	if err := s.disk.sync(); err != nil {
		return err
	}
	g.aside = true
	return nil
}

func copyParts(to appender, from io.ReaderAt, parts []stretch) (written int64, err error) {
	for _, part := range parts {
		n, err := io.Copy(to, io.NewSectionReader(from, part.from, part.to-part.from))
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, to.Sync()
}

// countCorrupt notes the size of a file of corrupt records; -1 says that it is gone.
func (s *Spool) countCorrupt(name string, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes -= s.corrupt[name]
	delete(s.corrupt, name)
	if size >= 0 {
		s.corrupt[name] = size
		s.bytes += size
	}
}

// retire removes segments that hold no record any more.
func (s *Spool) retire(segments []*segment) error {
	if len(segments) == 0 {
		return nil
	}
	var wrong error
	for _, g := range segments {
		if err := s.takeAway(g); err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("removing a segment: %w", err))
			continue
		}
		s.mu.Lock()
		s.segments = slices.DeleteFunc(s.segments, func(other *segment) bool { return other == g })
		s.bytes -= g.bytes
		s.mu.Unlock()
	}
	// Without this its records might come again after a power cut, which does no
	// harm, but would for each of them.
	return errors.Join(wrong, s.disk.sync())
}

func (s *Spool) takeAway(g *segment) error {
	if g.wrong != nil {
		// A copy would lack what the disk did not give, and may give tomorrow.
		if err := s.disk.rename(g.name(), g.corruptName()); err != nil {
			return err
		}
		s.countCorrupt(g.corruptName(), g.bytes)
		return nil
	}
	if err := s.setAside(g); err != nil {
		return err
	}
	if err := s.disk.remove(g.name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
