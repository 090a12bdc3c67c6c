package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	usersync "usersync/sync"
)

// Report is what a directory holds, whoever has it open. Requests that are done
// are counted until the last of their segment is.
type Report struct {
	Records   int
	Bytes     int64 // that the files take
	Segments  int
	Oldest    usersync.Micros // when the oldest request was received, or 0
	Providers map[string]int  // requests of each

	Unreadable   []string // segments that nothing can be read of: their rights, or the disk
	CorruptFiles []string // that wait for somebody to look at them
	Damaged      int      // places in segments that cannot be read

	Held   bool   // a process has it open
	Holder string // its number
}

// Inspect reads a directory without opening it, so also one that a daemon has
// open.
func Inspect(dir string) (*Report, error) {
	r := &Report{Providers: map[string]int{}}
	err := r.read(dir)
	if err == nil {
		r.Held, r.Holder, err = held(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("looking at the spool: %w", err)
	}
	return r, nil
}

func (r *Report) read(dir string) error {
	files, err := directory(dir).list()
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, corrupt, ok := parseName(f.name); ok {
			r.Bytes += f.size
			if corrupt {
				r.CorruptFiles = append(r.CorruptFiles, f.name)
			} else {
				r.Segments++
			}
		}
	}
	slices.Sort(r.CorruptFiles)
	w, err := walkAll(directory(dir), func(record []byte) error {
		f, err := walk(content(record), nil)
		if err != nil {
			return err
		}
		if r.Records == 0 || f.receivedAt < r.Oldest {
			r.Oldest = f.receivedAt
		}
		r.Records++
		r.Providers[string(f.provider)]++
		return nil
	})
	r.Damaged, r.Unreadable = w.damaged, w.unreadable
	return err
}

// Each calls fn for every request that a directory holds, in the order in which
// they were appended, without opening it. damaged is in how many places something
// could not be read. An error of fn ends the walk; a segment that nothing can be read of
// does not, and is told as an error in the end.
func Each(dir string, fn func(usersync.Verified) error) (damaged int, err error) {
	w, err := walkAll(directory(dir), func(record []byte) error {
		v, err := decode(content(record))
		if err != nil {
			return err
		}
		return fn(v)
	})
	return w.damaged, errors.Join(err, w.why)
}

// walked is what somebody met who went over all segments.
type walked struct {
	damaged    int      // places that could not be read
	unreadable []string // segments of which nothing could
	why        error    // of those
}

// walkAll calls fn for every record. What is removed meanwhile is passed over.
func walkAll(d disk, fn func(record []byte) error) (w walked, err error) {
	files, err := d.list()
	if err != nil {
		return w, err
	}
	var segments []*segment
	for _, f := range files {
		if g, corrupt, ok := parseName(f.name); ok && !corrupt {
			g.size, g.unread = f.size, f.err
			segments = append(segments, g)
		}
	}
	slices.SortFunc(segments, byNumber)
	for _, g := range segments {
		if err := w.segment(d, g, fn); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *walked) segment(d disk, g *segment, fn func(record []byte) error) error {
	file, err := d.open(g.name())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		w.passed(g, err)
		return nil
	}
	defer file.Close() //nolint:errcheck // it was only read
	if g.unread != nil {
		w.passed(g, g.unread)
		return nil
	}
	sc := scanner{file: file, size: g.size, mark: g.mark, mayEndTorn: true}
	for {
		record, _ := sc.next()
		if record == nil {
			if err := sc.refused(); err != nil {
				w.passed(g, err)
				return nil
			}
			w.damaged += len(sc.lost)
			return nil
		}
		if err := fn(record); err != nil {
			return err
		}
	}
}

// passed notes a segment that nothing can be read of.
func (w *walked) passed(g *segment, why error) {
	w.unreadable = append(w.unreadable, g.name())
	w.why = errors.Join(w.why, cannotRead(why))
}
