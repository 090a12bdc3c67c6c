package script

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// mostFiles is how many files a worker may have open.
const mostFiles = 64

// confine gives up what a worker has no need of: memory, files, and a dump of its
// memory, which would have payloads in it. Files that the daemon inherited from
// whoever started it are closed; those of the runtime close themselves at an exec.
func confine() error {
	for fd := 3; fd < 1024; fd++ {
		flags, _, wrong := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
		if wrong == 0 && flags&syscall.FD_CLOEXEC == 0 {
			_ = syscall.Close(fd)
		}
	}
	data, err := writable()
	if err != nil {
		return err
	}
	lower := func(what int, to uint64) error {
		return syscall.Setrlimit(what, &syscall.Rlimit{Cur: to, Max: to})
	}
	return errors.Join(
		lower(syscall.RLIMIT_DATA, data+mostMemory),
		lower(syscall.RLIMIT_FSIZE, 0),
		lower(syscall.RLIMIT_CORE, 0),
		lower(syscall.RLIMIT_NOFILE, mostFiles),
	)
}

// writable is how many bytes of writable memory the process has reserved. Go's runtime
// reserves as it needs them, in steps of a few MiB; a step that is refused ends it.
func writable() (uint64, error) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(statm)) // size, resident, shared, text, lib, data, dt
	if len(fields) < 6 {
		return 0, errors.New("/proc/self/statm has no size of data")
	}
	pages, err := strconv.ParseUint(fields[5], 10, 64)
	return pages * uint64(os.Getpagesize()), err //nolint:gosec // a page has some bytes
}
