//go:build !unix

package main

// fileLimit is how many files this process may have open, 0 if that is not known.
func fileLimit() uint64 { return 0 }
