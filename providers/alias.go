package providers

import "unsafe"

// textOf gives bytes as a text without a copy: a page of a list is half a
// megabyte. Nobody may write to them any more.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is the inverse. Nobody may write to the bytes.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
