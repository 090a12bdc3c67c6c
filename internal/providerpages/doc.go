// Package providerpages writes docs/providers: a page for every built-in
// definition, and their index. It reads the text of a definition, which the
// package providers has judged before, and puts it into words for operators.
// What it has no words for it shows as it is written, so that a new block needs
// no change here.
//
// A test compares the pages with those that are committed; with -update it
// writes them.
package providerpages
