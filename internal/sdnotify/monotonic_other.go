//go:build !linux

package sdnotify

// monotonic is of no use without a service manager that reads it.
func monotonic() int64 { return 0 }
