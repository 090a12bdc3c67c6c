package main

import (
	"os"
	"runtime/debug"
)

// How much garbage the commands that read a whole list keep, in percent of what
// they use: they have much of both, and are to stay below 64 MB. A backfill has
// larger transactions.
const (
	backfillGarbage  = 40
	reconcileGarbage = 60
)

// keepGarbage sets the garbage collector for such a command, unless the operator
// has.
func keepGarbage(percent int) {
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(percent)
	}
}
