package main

import (
	"os"
	"runtime/debug"
)

// tidiness is how much garbage a command that reads a whole list keeps, in
// percent of what it uses: it has much of both, and is to stay small.
const tidiness = 40

// keepTidy sets the garbage collector for such a command, unless the operator
// has.
func keepTidy() {
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(tidiness)
	}
}
