package sdnotify

import "golang.org/x/sys/unix"

// monotonic is the service manager's clock, in microseconds.
func monotonic() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0 // the clock is always there
	}
	return now.Nano() / 1000
}
