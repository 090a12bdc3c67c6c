//go:build race

package main

// raceDetector says that memory is several times what it is otherwise.
const raceDetector = true
