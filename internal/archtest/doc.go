// Package archtest enforces the architecture: who may import whom, what a
// package must not contain, how long a file may be. Each rule carries the
// reason that its violation is reported with. It reads source text and builds
// nothing, so a tree that does not compile is checked all the same.
//
// Only what ships is judged: test files may import and do what they need.
package archtest
