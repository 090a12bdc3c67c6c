package spool

import (
	"errors"
	"io/fs"
)

// Doubts says why a directory, which need not exist so far, is a bad place for a
// spool, and which of its segments cannot be read.
func Doubts(dir string) []string {
	return append(FileSystemOf(dir).doubts(), unreadableOf(directory(dir))...)
}

// unreadableOf looks at the beginning of each segment. That there is nothing to look
// at is told by whoever opens it.
func unreadableOf(d disk) (doubts []string) {
	files, err := d.list()
	if err != nil {
		return nil
	}
	for _, f := range files {
		g, corrupt, ok := parseName(f.name)
		if !ok || corrupt {
			continue
		}
		g.size, g.unread = f.size, f.err
		if err := begins(d, g); err != nil {
			doubts = append(doubts, f.name+" cannot be read, and what it holds is not counted: give it to the user that runs usersync, with mode 0600, or look at the disk: "+err.Error())
		}
	}
	return doubts
}

// begins returns why the first of a segment cannot be read, or nil.
func begins(d disk, g *segment) error {
	file, err := d.open(g.name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // it was drained meanwhile
	case err != nil:
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	if g.unread != nil || g.size == 0 {
		return g.unread
	}
	sc := scanner{file: file, size: min(g.size, page), mark: g.mark}
	sc.window(0, 1)
	return sc.refused()
}
