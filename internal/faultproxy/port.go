package faultproxy

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// serve accepts connections until the listener is closed. The caller holds the
// lock.
func (p *Proxy) serve(listener net.Listener) {
	p.listener = listener
	p.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(time.Millisecond) // out of files: the client waits
				continue
			}
			p.running.Go(func() { p.carry(conn.(*net.TCPConn)) })
		}
	})
}

// unlisten closes the listener and keeps the port: somebody else's server on it
// would be taken for ours.
func (p *Proxy) unlisten() error {
	if p.listener == nil {
		return nil
	}
	port := p.listener.Addr().(*net.TCPAddr).Port
	err := p.listener.Close()
	p.listener = nil
	if err != nil {
		return fmt.Errorf("fault proxy: %w", err)
	}
	if p.holder, err = holdPort(port); err != nil {
		return fmt.Errorf("fault proxy: keeping port %d: %w", port, err)
	}
	return nil
}

// holdPort binds a socket to the port without listening: the system refuses
// connections to it and gives it to nobody else.
func holdPort(port int) (int, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, err
	}
	syscall.CloseOnExec(fd)
	// Both sockets must allow it, and Go's listener does.
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	}
	if err != nil {
		return 0, errors.Join(err, syscall.Close(fd))
	}
	return fd, nil
}

// releasePort ends holdPort.
func (p *Proxy) releasePort() {
	if p.holder != 0 {
		_ = syscall.Close(p.holder) // it was never used
		p.holder = 0
	}
}

// listenAgain listens on the same port after unlisten.
func (p *Proxy) listenAgain() error {
	listener, err := net.Listen("tcp", p.addr)
	if err != nil {
		return fmt.Errorf("fault proxy: listening again: %w", err)
	}
	p.releasePort()
	p.serve(listener)
	return nil
}
