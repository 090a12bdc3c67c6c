// Package distance is a network between a program and its database: everything that is
// sent arrives a while later, in either direction, however much of it is on its way.
package distance

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// Link carries connections to one address.
type Link struct {
	listener net.Listener
	to       string
	oneWay   time.Duration

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// pieces is how many pieces of data may be on their way on a connection, in each
// direction, before their sender has to wait.
const pieces = 4096

// Open begins to carry connections to an address on loopback; trip is what a question
// and its answer take longer together.
func Open(to string, trip time.Duration) (*Link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{listener: listener, to: to, oneWay: trip / 2, conns: map[net.Conn]struct{}{}}
	go l.accept()
	return l, nil
}

// Addr is where the far end is reached, as host:port.
func (l *Link) Addr() string { return l.listener.Addr().String() }

// Close ends all connections.
func (l *Link) Close() error {
	err := l.listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.conns {
		_ = conn.Close()
	}
	l.conns = nil
	return err
}

func (l *Link) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		if !l.keep(near, far) {
			return
		}
		go l.carry(near, far)
		go l.carry(far, near)
	}
}

// sleepUntil sleeps as exactly as the kernel can: time.Sleep may take a millisecond more.
func sleepUntil(due time.Time) {
	for wait := time.Until(due); wait > 0; wait = time.Until(due) {
		pause := syscall.NsecToTimespec(wait.Nanoseconds())
		_ = syscall.Nanosleep(&pause, nil) // a signal may end it early
	}
}

// keep notes connections for Close; false if that has been called.
func (l *Link) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range conns {
		if l.conns == nil {
			_ = conn.Close()
			continue
		}
		l.conns[conn] = struct{}{}
	}
	return l.conns != nil
}

// piece is data and when it arrives.
type piece struct {
	data []byte
	due  time.Time
}

// carry hands on what one side sends until either of them ends.
func (l *Link) carry(from, to net.Conn) {
	way := make(chan piece, pieces)
	go func() {
		defer close(way)
		buffer := make([]byte, 64<<10)
		for {
			n, err := from.Read(buffer)
			if n > 0 {
				way <- piece{append([]byte(nil), buffer[:n]...), time.Now().Add(l.oneWay)}
			}
			if err != nil {
				return
			}
		}
	}()
	var broken error
	for p := range way {
		sleepUntil(p.due)
		if broken == nil {
			_, broken = to.Write(p.data)
		}
	}
	if errors.Is(broken, net.ErrClosed) {
		return
	}
	_ = to.Close()
	_ = from.Close()
}
