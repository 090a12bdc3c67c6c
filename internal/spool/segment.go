package spool

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	usersync "usersync/sync"
)

const (
	segmentEnding = ".spool"
	corruptEnding = ".spool.corrupt"
	numberDigits  = 16
)

// segment is one file of records. What the comments do not give to somebody is
// guarded by the Spool's mutex.
type segment struct {
	number uint64 // it and the marker never change
	mark   marker

	file appender // open while records are appended; the writer's
	busy bool     // a group is being written to it

	size    int64 // up to the end of the last record that was acknowledged
	bytes   int64 // on the disk
	records int
	settled int             // how many of the records are done
	oldest  usersync.Micros // of the records that are not done
	// unread is why nothing could be read of it so far, or nil: what it holds is
	// counted once it can.
	unread  error
	unsized bool // not even its size is known

	// What follows belongs to Open, and then to the drain that is at work.

	done offsets
	lost []stretch // what cannot be read
	// aside says that lost stands in the file of corrupt records.
	aside bool
	// wrong is an error of the disk while reading: the file may hold more than was
	// seen of it.
	wrong error
}

func (g *segment) name() string {
	return fmt.Sprintf("%0*d-%x%s", numberDigits, g.number, g.mark, segmentEnding)
}

func (g *segment) corruptName() string {
	return strings.TrimSuffix(g.name(), segmentEnding) + corruptEnding
}

// kept is how many records are not done.
func (g *segment) kept() int { return g.records - g.settled }

// newSegment returns a segment with a marker of its own.
func newSegment(number uint64) (*segment, error) {
	g := &segment{number: number}
	if _, err := rand.Read(g.mark[:]); err != nil {
		return nil, err
	}
	g.mark[0] |= 1 // a marker of zeros would look like what was never written
	return g, nil
}

// parseName reads the name of a segment, or of its corrupt records; anything else
// in the directory is not ours.
func parseName(name string) (g *segment, corrupt, ok bool) {
	stem, corrupt := strings.CutSuffix(name, corruptEnding)
	if !corrupt {
		if stem, ok = strings.CutSuffix(name, segmentEnding); !ok {
			return nil, false, false
		}
	}
	digits, mark, _ := strings.Cut(stem, "-")
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || len(digits) != numberDigits || len(mark) != 2*markerSize {
		return nil, false, false
	}
	g = &segment{number: number}
	if _, err := hex.Decode(g.mark[:], []byte(mark)); err != nil || g.mark[0] == 0 || mark != strings.ToLower(mark) {
		return nil, false, false
	}
	return g, corrupt, true
}

// offsets remembers records by where they stand in their segment. It takes a bit
// for as many bytes as no record is shorter than.
type offsets []uint64

const bitsApart = 32

func (o offsets) has(at int64) bool {
	bit := at / bitsApart
	return bit/64 < int64(len(o)) && o[bit/64]&(1<<(bit%64)) != 0
}

func (o *offsets) add(at int64) {
	bit := at / bitsApart
	for int64(len(*o)) <= bit/64 {
		*o = append(*o, 0)
	}
	(*o)[bit/64] |= 1 << (bit % 64)
}
