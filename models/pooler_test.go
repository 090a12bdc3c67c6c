package models_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// pooler is a pooler in transaction mode in the small: each transaction of a client's
// connection gets the next of so many connections to the server. Unlike a real one it
// shares none of them with other clients.
type pooler struct {
	servers int
	honest  bool         // it tells the first server's process id, as no pooler does
	single  bool         // in statement mode: who begins a transaction is told so, and left
	stays   atomic.Bool  // on the server that it is at
	spoils  atomic.Bool  // the next look at a statement that was just parsed fails
	refused atomic.Int64 // names that were not known, or known already
}

// start listens and returns the URL that leads through it.
func (p *pooler) start(t *testing.T, server string) string {
	t.Helper()
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	host := address.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client, host)
		}
	}()
	address.Host = listener.Addr().String()
	return address.String()
}

// serve is the life of a client's connection.
func (p *pooler) serve(client net.Conn, host string) {
	defer client.Close()
	startup, err := message(client, 0)
	if err != nil {
		return
	}
	servers := make([]net.Conn, p.servers)
	for i := range servers {
		if servers[i], err = net.Dial("tcp", host); err != nil {
			return
		}
		defer servers[i].Close()
		to := io.Discard
		if i == 0 {
			to = client
		}
		if _, err := p.relay(startup, servers[i], to); err != nil {
			return
		}
	}
	copying := false
	for turn := 0; ; {
		var asked []byte
		for ended := false; !ended; {
			m, err := message(client, 1)
			if err != nil {
				return
			}
			copies := bytes.IndexByte([]byte("dcf"), m[0]) >= 0
			if copies && !copying {
				continue // of a COPY that was refused
			}
			if m[0] == 'D' && m[5] == 'S' && p.spoils.CompareAndSwap(true, false) {
				m[5] = '?'
			}
			asked = append(asked, m...)
			ended = bytes.IndexByte([]byte("SQXcf"), m[0]) >= 0
		}
		status, err := p.relay(asked, servers[turn%p.servers], client)
		if err != nil {
			return
		}
		if copying = status == 'G'; status == 'I' && !p.stays.Load() {
			turn++
		}
	}
}

// relay asks a server and passes on what it answers. The status is the transaction's then,
// 'I' if none is open, or 'G' if the server waits for the rows of a COPY.
func (p *pooler) relay(asked []byte, server net.Conn, client io.Writer) (status byte, err error) {
	if _, err := server.Write(asked); err != nil {
		return 0, err
	}
	for {
		m, err := message(server, 1)
		if err != nil {
			return 0, err
		}
		if p.single && m[0] == 'Z' && m[5] != 'I' {
			_, err := client.Write(noTransactions)
			return 0, errors.Join(err, io.EOF)
		}
		switch {
		case m[0] == 'K' && !p.honest:
			binary.BigEndian.PutUint32(m[5:], binary.BigEndian.Uint32(m[5:])+1)
		case m[0] == 'E' && (bytes.Contains(m, []byte("C26000\x00")) || bytes.Contains(m, []byte("C42P05\x00"))):
			p.refused.Add(1)
		}
		if _, err := client.Write(m); err != nil {
			return 0, err
		}
		switch m[0] {
		case 'Z':
			return m[5], nil
		case 'G':
			return m[0], nil
		}
	}
}

// noTransactions is what pgbouncer says in statement mode, before it closes the connection.
var noTransactions = func() []byte {
	fields := "SFATAL\x00C08P01\x00Mtransaction blocks not allowed in statement pooling mode\x00\x00"
	return append(binary.BigEndian.AppendUint32([]byte{'E'}, uint32(4+len(fields))), fields...)
}()

// message reads a message with its head: so many bytes, and its length.
func message(from io.Reader, kind int) ([]byte, error) {
	head := make([]byte, kind+4)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	whole := append(head, make([]byte, binary.BigEndian.Uint32(head[kind:])-4)...)
	_, err := io.ReadFull(from, whole[kind+4:])
	return whole, err
}
