package faultproxy

import (
	"errors"
	"fmt"
	"net"
	"time"

	"usersync/internal/holdport"
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

// unlisten closes the listener and keeps the port.
func (p *Proxy) unlisten() error {
	if p.listener == nil {
		return nil
	}
	port := p.listener.Addr().(*net.TCPAddr).Port
	err := p.closeListener()
	if err == nil {
		p.release, err = holdport.Hold(port)
	}
	return err
}

// closeListener lets nobody connect any more.
func (p *Proxy) closeListener() error {
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

// releasePort gives up the port that unlisten keeps.
func (p *Proxy) releasePort() {
	if p.release != nil {
		p.release()
		p.release = nil
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
