// Package tally remembers which users a list named, however many they are, in
// little memory: their ids stand sorted in a temporary file.
package tally

import (
	"bufio"
	"bytes"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	usersync "usersync/sync"
)

// runLength is how many ids are sorted in memory: 1 MiB of them.
const runLength = 1 << 16

// Tally implements usersync.Tally. It is for one goroutine.
type Tally struct {
	file   *os.File
	runs   []int64 // how many ids each sorted run in the file has
	recent []usersync.UUID
}

var _ usersync.Tally = (*Tally)(nil)

// New makes an empty Tally with a file in the directory for temporary files.
// Close it in the end.
func New() (*Tally, error) {
	file, err := os.CreateTemp("", "usersync-tally-")
	if err != nil {
		return nil, fmt.Errorf("a temporary file for the ids of listed users: %w: set TMPDIR to a directory with room", err)
	}
	// Nobody else needs its name, and without one it is gone with the process,
	// however that ends.
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Tally{file: file}, nil
}

// Close gives up the file.
func (t *Tally) Close() error { return t.file.Close() }

// Add implements usersync.Tally.
func (t *Tally) Add(id usersync.UUID) error {
	t.recent = append(t.recent, id)
	if len(t.recent) < runLength {
		return nil
	}
	return t.flush()
}

// flush appends the recent ids to the file as a sorted run.
func (t *Tally) flush() error {
	slices.SortFunc(t.recent, compare)
	out := bufio.NewWriterSize(t.file, 1<<16)
	for _, id := range t.recent {
		_, _ = out.Write(id[:]) // the error stays until Flush
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("the temporary file for the ids of listed users: %w", err)
	}
	t.runs = append(t.runs, int64(len(t.recent)))
	t.recent = t.recent[:0]
	return nil
}

// Check implements usersync.Tally. Nothing may be added afterwards.
func (t *Tally) Check() (func(usersync.UUID) (bool, error), error) {
	if len(t.recent) > 0 {
		if err := t.flush(); err != nil {
			return nil, err
		}
	}
	var heads merge
	var offset int64
	for _, length := range t.runs {
		size := length * int64(len(usersync.UUID{}))
		r := &sorted{in: bufio.NewReaderSize(io.NewSectionReader(t.file, offset, size), 1<<15), left: length}
		offset += size
		if more, err := r.advance(); err != nil {
			return nil, err
		} else if more {
			heads = append(heads, r)
		}
	}
	heap.Init(&heads)
	return heads.has, nil
}

func compare(a, b usersync.UUID) int { return bytes.Compare(a[:], b[:]) }
