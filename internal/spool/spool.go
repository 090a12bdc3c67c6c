package spool

import (
	"errors"
	"fmt"
	"os"
	"sync"

	usersync "usersync/sync"
)

// Spool is a directory of kept requests. It is safe for concurrent use.
type Spool struct {
	disk    disk
	opts    Options
	release func() error // of the directory's lock

	turn chan struct{} // holds the drain that is at work

	mu       sync.Mutex
	idle     sync.Cond        // broadcast when writing ends
	segments []*segment       // in the order of their numbers
	corrupt  map[string]int64 // the files of corrupt records, with their sizes
	bytes    int64            // of all files
	number   uint64           // the greatest that was given to a segment

	active  *segment // the one that is appended to, if any
	next    *group   // what waits for the writer, if anything
	spare   []byte   // a buffer for a later group
	queued  int64    // the bytes of the groups that are not on the disk yet
	writing bool
	closed  bool
	wrong   error // why the last group was not kept, or nil

	appended, refused, failed, damaged, moved uint64
}

var _ usersync.Spool = (*Spool)(nil)

var errClosed = errors.New("the spool is closed")

// Open opens the spool in a directory, which is made if it is missing, and reads
// all that is kept there. One process at a time may have it open.
func Open(dir string, o Options) (*Spool, error) {
	o = o.withDefaults()
	made, err := makeDirectory(dir)
	if err != nil {
		return nil, err
	}
	if err := tighten(made, os.Chmod, o.Log); err != nil {
		return nil, err
	}
	release, err := lock(made)
	if err != nil {
		return nil, err
	}
	s, err := open(directory(made), o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the spool in %s: %w", dir, err), release())
	}
	s.release = release
	return s, nil
}

// Close waits for what is being appended and for a drain that is at work, whose
// context the caller ends, and gives the directory back.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for s.writing {
		s.idle.Wait()
	}
	s.mu.Unlock()
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	var err error
	if s.active != nil {
		err = s.active.file.Close()
	}
	return errors.Join(err, s.release())
}
