package spool

import (
	"log/slog"

	"github.com/dustin/go-humanize"
)

// Options are the limits of a spool. Zero stands for the default.
type Options struct {
	// MaxBytes is how much the files may take, those of corrupt records
	// included. The default is 1 GiB.
	MaxBytes int64
	// MinFree is how many bytes of the disk are left free. The default is 64 MiB, or
	// 5 % of a small disk; a negative one is none.
	MinFree int64
	// SegmentBytes is from which size on a segment is followed by another. The
	// default is 8 MiB.
	SegmentBytes int64
	// MaxRecord is the size of the largest record, headers included. The default is
	// 4 MiB, the limit 64 MiB.
	MaxRecord int64
	// Log is told what was found to be damaged. The default is silence.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 30
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 8 << 20
	}
	if o.MaxRecord <= 0 {
		o.MaxRecord = 4 << 20
	}
	o.MaxRecord = min(o.MaxRecord, largestRecord)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// floor returns how many bytes of a disk of this size are left free.
func (o Options) floor(size int64) int64 {
	switch {
	case o.MinFree > 0:
		return o.MinFree
	case o.MinFree < 0:
		return 0
	}
	return min(64<<20, size/20)
}

// usual is more than a usual request takes, also of a small spool.
func (o Options) usual() int64 { return min(o.MaxBytes/16, 64<<10) }

// leaves fails if so many bytes more would leave too little free of a disk.
func (o Options) leaves(free, size, bytes int64) error {
	if floor := o.floor(size); free-bytes < floor {
		return floorReached(free, floor)
	}
	return nil
}

func readable(bytes int64) string { return humanize.IBytes(uint64(max(bytes, 0))) }
