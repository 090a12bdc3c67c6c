package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// unreadable notes why nothing can be read of a segment, and says it if it is news.
func (s *Spool) unreadable(g *segment, why error) {
	s.mu.Lock()
	news := g.unread == nil
	g.unread = why
	s.mu.Unlock()
	if news {
		s.tellUnreadable(g)
	}
}

func (s *Spool) tellUnreadable(g *segment) {
	s.opts.Log.Error("a segment of the spool cannot be read: what it holds is applied once it can, all other requests meanwhile: "+
		"give the file to the user that runs usersync, with mode 0600, or look at the disk",
		"file", g.name(), "bytes", g.bytes, "error", g.unread)
}

// again tries a segment of which nothing could be read so far, and reports whether it
// can be by now.
func (p *pass) again(part *part) bool {
	s, g := p.spool, part.segment
	if g.unsized {
		s.measure(g)
	}
	if !g.unsized {
		s.recover(g)
	}
	if err := g.unread; err != nil {
		p.wrong = errors.Join(p.wrong, cannotRead(err))
		if errors.Is(err, fs.ErrNotExist) && s.inPlace() {
			p.vanished(part)
		}
		return false
	}
	s.opts.Log.Info("a segment of the spool can be read again", "file", g.name(), "requests", g.records)
	part.until, part.had, part.left = g.size, g.records, g.records
	return true
}

func cannotRead(err error) error { return fmt.Errorf("reading a segment of the spool: %w", err) }

// measure learns the size of a segment that was not told before.
func (s *Spool) measure(g *segment) {
	files, err := s.disk.list()
	at := slices.IndexFunc(files, func(f entry) bool { return f.name == g.name() })
	switch {
	case err != nil:
	case at < 0:
		err = fs.ErrNotExist
	default:
		err = files[at].err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		g.unread = err
		return
	}
	g.size, g.bytes, g.unsized = files[at].size, files[at].size, false
	s.bytes += g.bytes
}
