//go:build !race

package script_test

// mostWorker is what a worker may take of the machine's memory, in bytes.
const mostWorker = 80 << 20
