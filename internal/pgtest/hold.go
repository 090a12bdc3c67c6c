package pgtest

import (
	"fmt"
	"syscall"
)

// hold keeps a port of 127.0.0.1 from being given to anybody who asks for a free
// one, while its server is down: a socket that is bound to it and does not
// listen, so that connections are refused.
func hold(port int) (release func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, fmt.Errorf("holding port %d: %w", port, err)
	}
	syscall.CloseOnExec(fd)
	release = func() { _ = syscall.Close(fd) } // nothing was sent
	// The server's connections of a moment ago are no reason to refuse.
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		release()
		return nil, fmt.Errorf("holding port %d: %w", port, err)
	}
	return release, nil
}
