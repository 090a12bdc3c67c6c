//go:build race

package script_test

// mostWorker is what a worker may take of the machine's memory, in bytes: the race
// detector takes some times what the program does.
const mostWorker = 240 << 20
