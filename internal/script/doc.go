// Package script runs scripts of operators, JavaScript of a few lines each, so that
// nothing they do can hurt the daemon.
//
// No engine that lives in the same process keeps that promise: one has no limit of
// memory, all can be kept in native code (a sort, a regular expression) that nobody
// interrupts, and an overflow of Go's own stack ends the process. So a script runs in
// a worker: the same program again, without environment, files or rights to anything,
// behind two pipes. The worker limits itself, and its parent kills it if that was not
// enough. What a run leaves behind in it is nothing: every run has a new runtime.
//
//	Pool ─ job: text, globals, actions ─▶ worker ─ outcome: result, calls │ Fault ─▶
//
// The package knows nothing of what scripts are for.
package script
