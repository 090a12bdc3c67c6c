package providers

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// inBubble runs a test where time passes only when everybody waits: nothing in
// it depends on how fast the machine is. Servers are reached by a network.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// network is one that works in a bubble: connections in memory, all of them to
// one server.
type network struct {
	conns  chan net.Conn
	closed chan struct{}
}

// inMemory starts a server that a network leads to, and counts what it is asked.
func inMemory(t *testing.T, handler http.HandlerFunc) (n *network, asked *atomic.Int64) {
	t.Helper()
	counted, asked := counting(t, handler)
	return inMemoryOnly(t, counted), asked
}

// inMemoryOnly does the same and looks at nothing.
func inMemoryOnly(t *testing.T, handler http.Handler) (n *network) {
	t.Helper()
	n = &network{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler, ErrorLog: quiet()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(n) // until it is closed
	}()
	t.Cleanup(func() {
		_ = server.Close() // and with it the network, which cannot fail
		<-ended
	})
	return n
}

// lister returns one that asks the server, and does not wait long.
func (n *network) lister(t *testing.T, p *Provider, s APISettings) *Lister {
	t.Helper()
	l := listerOf(t, p, s)
	l.pages.(*httpPages).http.Transport = n.transport()
	return l
}

// fetcher does the same for single users.
func (n *network) fetcher(t *testing.T, p *Provider, s APISettings) *Fetcher {
	t.Helper()
	f := fetcherOf(t, p, s)
	f.source.(*httpUser).http.Transport = n.transport()
	return f
}

func (n *network) transport() *http.Transport {
	return &http.Transport{DialContext: n.dial, MaxIdleConnsPerHost: detailsInFlight}
}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case n.conns <- far:
		return near, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; http.Server calls it once.
func (n *network) Close() error {
	close(n.closed)
	return nil
}

// Addr implements net.Listener.
func (n *network) Addr() net.Addr { return &net.TCPAddr{} }
