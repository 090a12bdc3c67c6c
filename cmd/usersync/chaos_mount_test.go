//go:build !linux

package main

import "testing"

func smallDisk(t *testing.T, _ string) string {
	t.Helper()
	t.Fatal("a long run mounts a small disk, which it can do on Linux only")
	return ""
}
