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

// unlisten closes the listener.
func (p *Proxy) unlisten() error {
	if p.listener == nil {
		return nil
	}
	err := p.listener.Close()
	p.listener = nil
	if err != nil {
		return fmt.Errorf("fault proxy: %w", err)
	}
	return nil
}

// listen listens on the port that is held.
func (p *Proxy) listen() error {
	listener, err := net.Listen("tcp", p.addr)
	if err != nil {
		return fmt.Errorf("fault proxy: %w", err)
	}
	p.serve(listener)
	return nil
}

// holdPort binds a socket to a free port of 127.0.0.1 without listening. While nobody
// listens the system refuses connections to it, and gives it to nobody else: somebody
// else's server on it would be taken for ours, and a connection from it would be in the
// way of listening again.
func holdPort() (holder int, addr string, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, "", err
	}
	syscall.CloseOnExec(fd)
	// Both sockets must allow it, and Go's listener does.
	err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		var bound syscall.Sockaddr
		if bound, err = syscall.Getsockname(fd); err == nil {
			return fd, fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port), nil
		}
	}
	return 0, "", errors.Join(err, syscall.Close(fd))
}
