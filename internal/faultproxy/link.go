package faultproxy

import (
	"net"
	"sync"
	"time"
)

// pieceSize is the most that is handed on at once: more than a usual answer, so
// that a delay counts for a round trip and not for a buffer.
const pieceSize = 64 << 10

// link is a connection of a client, joined to one of the server.
type link struct {
	client *net.TCPConn
	over   chan struct{} // closed once the link is cut

	mu     sync.Mutex
	server *net.TCPConn // nil before it is there
	isOver bool
}

// cut closes both sides, with a reset if need be, and reports whether the link
// was there.
func (l *link) cut(reset bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isOver {
		return false
	}
	l.isOver = true
	close(l.over)
	for _, conn := range []*net.TCPConn{l.client, l.server} {
		if conn == nil {
			continue
		}
		if reset {
			_ = conn.SetLinger(0) // it may be closed by its other end already
		}
		_ = conn.Close()
	}
	return true
}

// join adds the server's side, and reports whether the link is still there.
func (l *link) join(server *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isOver {
		_ = server.Close() // nothing was sent
		return false
	}
	l.server = server
	return true
}

// carry serves one client until either side ends.
func (p *Proxy) carry(client *net.TCPConn) {
	l := &link{client: client, over: make(chan struct{})}
	p.mu.Lock()
	refused, swallowed := p.closed || p.mode == Refuse, p.mode == Blackhole
	if !refused {
		p.links[l] = true
	}
	p.mu.Unlock()
	if refused {
		l.cut(true)
		p.faults.refused.Add(1)
		return
	}
	defer func() {
		l.cut(false)
		p.mu.Lock()
		delete(p.links, l)
		p.mu.Unlock()
	}()
	p.faults.carried.Add(1)
	if swallowed {
		p.faults.swallowed.Add(1)
	}
	if !p.passes(l) {
		return
	}
	conn, err := net.DialTimeout("tcp", p.target, 10*time.Second)
	if err != nil {
		l.cut(true) // as the server itself would
		return
	}
	if !l.join(conn.(*net.TCPConn)) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pump(l, client, conn, nil) })
	both.Go(func() { p.pump(l, conn, client, &answers{}) })
	both.Wait()
}

// passes waits until data may pass, and reports whether the link is still there.
func (p *Proxy) passes(l *link) bool {
	for {
		gate := p.gate()
		select {
		case <-l.over:
			return false
		case <-gate:
		}
		if gate == p.gate() {
			return true
		}
	}
}

// pump hands on what one side sends until the link is over. For the server's
// side it reads the answers.
func (p *Proxy) pump(l *link, from, to net.Conn, read *answers) {
	defer l.cut(false)
	buffer := make([]byte, pieceSize)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !p.hand(l, to, buffer[:n], read) {
			return
		}
		if err != nil {
			return
		}
	}
}

// hand passes one piece on, late if need be, and reports whether the link goes
// on.
func (p *Proxy) hand(l *link, to net.Conn, piece []byte, read *answers) bool {
	if wait := p.delay(); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		p.faults.delayed.Add(1)
		select {
		case <-l.over:
			return false
		case <-timer.C:
		}
	}
	if !p.passes(l) {
		return false
	}
	if read != nil {
		if before := read.commit(piece, p.loses); before >= 0 {
			_, _ = to.Write(piece[:before]) // what was answered before it arrives
			if l.cut(true) {
				p.faults.lostCommits.Add(1)
			}
			return false
		}
	}
	_, err := to.Write(piece)
	return err == nil
}
