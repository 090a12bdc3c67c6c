package faultproxy

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Mode is what becomes of connections.
type Mode uint8

const (
	// Pass hands everything on, subject to SetDelay and LoseCommits.
	Pass Mode = iota
	// Refuse is a server that is down: connections are reset, and new ones
	// refused by the system, since nobody listens.
	Refuse
	// Blackhole is a network that is cut: connections are taken and nothing
	// moves on them, open ones included. What was on its way arrives once the
	// mode is Pass again, as it does after a real cut.
	Blackhole
)

// Proxy is a TCP proxy in front of one server. Its methods may be called by
// several goroutines.
type Proxy struct {
	target, addr string
	faults       faults
	running      sync.WaitGroup

	mu       sync.Mutex
	mode     Mode
	closed   bool
	listener net.Listener  // nil while nobody listens
	release  func()        // gives up the port that is kept meanwhile
	open     chan struct{} // closed unless the mode is Blackhole
	links    map[*link]bool
	shortest time.Duration // of the delay of one piece of data
	longest  time.Duration
	lost     float64 // the share of commits whose answer is lost
}

// Start listens on a free port of 127.0.0.1 for connections to the target, a
// host:port whose server speaks Postgres without TLS.
func Start(target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fault proxy: %w", err)
	}
	p := &Proxy{target: target, addr: listener.Addr().String(), links: map[*link]bool{}, open: make(chan struct{})}
	close(p.open)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve(listener)
	return p, nil
}

// Addr is the host:port to connect to. It stays the same in every mode.
func (p *Proxy) Addr() string { return p.addr }

// Set switches the mode.
func (p *Proxy) Set(mode Mode) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("fault proxy: closed")
	}
	if mode == p.mode {
		return nil
	}
	was := p.mode
	p.mode = mode
	switch {
	case mode == Refuse:
		if err := p.unlisten(); err != nil {
			return err
		}
		p.resetLinks(1)
	case was == Refuse:
		if err := p.listenAgain(); err != nil {
			return err
		}
	}
	if was == Blackhole {
		close(p.open) // those that wait go on, or learn that they were reset
	}
	if mode == Blackhole {
		p.open = make(chan struct{})
	}
	return nil
}

// SetDelay holds each piece of data back in each direction for a random time
// between the two; zeros end that.
func (p *Proxy) SetDelay(shortest, longest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shortest, p.longest = shortest, max(shortest, longest)
}

// LoseCommits makes that share of all commits, 0 to 1, be applied by the server
// and never be answered: the connection is reset in the answer's place.
func (p *Proxy) LoseCommits(share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost = share
}

// Reset resets each open connection with that probability, on both sides, and
// returns how many.
func (p *Proxy) Reset(share float64) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resetLinks(share)
}

func (p *Proxy) resetLinks(share float64) (reset int) {
	for l := range p.links {
		if rand.Float64() < share && l.cut(true) {
			reset++
		}
	}
	p.faults.resets.Add(int64(reset))
	return reset
}

// Counts is what was done so far.
func (p *Proxy) Counts() Counts { return p.faults.counts() }

// Close ends all connections and waits until nothing of the proxy is left.
func (p *Proxy) Close() error {
	p.mu.Lock()
	var err error
	if !p.closed {
		p.closed = true
		err = p.closeListener()
		p.releasePort()
		for l := range p.links {
			l.cut(false)
		}
	}
	p.mu.Unlock()
	p.running.Wait()
	return err
}

// delay draws how long the next piece of data is held back.
func (p *Proxy) delay() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.longest == 0 {
		return 0
	}
	return p.shortest + rand.N(p.longest-p.shortest+1)
}

// loses draws whether the answer to the next commit is lost.
func (p *Proxy) loses() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return rand.Float64() < p.lost
}

// gate is closed while data may pass.
func (p *Proxy) gate() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}
