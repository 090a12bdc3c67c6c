// Package holdport keeps the port of a server that is down: somebody else's server on it
// would be taken for the one that a test waits for.
package holdport

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// patience is for a program that was being started when the server's socket was closed: it
// has that socket, too, until it is loaded.
const patience = 10 * time.Second

// Hold keeps a port of 127.0.0.1, on which nobody listens anymore, from being given to
// anybody who asks for a free one, until release: a socket is bound to it and does not
// listen, so that connections are refused. On Linux the server may listen again before.
func Hold(port int) (release func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, fmt.Errorf("holding port %d: %w", port, err)
	}
	syscall.CloseOnExec(fd)
	// The server's connections of a moment ago are no reason to refuse.
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = bind(fd, port)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("holding port %d: %w", port, err), syscall.Close(fd))
	}
	return func() { _ = syscall.Close(fd) }, nil // nothing was sent
}

func bind(fd, port int) (err error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) {
			return err
		}
	}
}
