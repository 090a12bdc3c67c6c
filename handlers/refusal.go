package handlers

import (
	"bytes"
	"errors"
	"net"
	"strconv"
)

// net/http refuses what it cannot parse before any handler is asked: in plain
// text, and with 501 or 505 for a transfer encoding or a version that it does
// not know. Our contract knows neither: bad input is a 4xx, in JSON. There is
// no hook, so the connection itself watches for these refusals. They are known
// by their headers, which none of our answers begins with.
var refusalMark = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

// refusingListener makes refusingConns.
type refusingListener struct{ net.Listener }

// Accept implements net.Listener.
func (l refusingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return refusingConn{conn}, nil
}

// refusingConn rewrites the refusals of net/http.
type refusingConn struct{ net.Conn }

// Write implements net.Conn. A refusal comes as one write.
func (c refusingConn) Write(p []byte) (int, error) {
	status, ok := refusal(p)
	if !ok {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(refusalText(status)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// CloseWrite lets net/http end the answer before it closes the connection, so
// that a sender in the middle of its body gets to read it.
func (c refusingConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// refusal returns the status of a refusal by net/http.
func refusal(p []byte) (status int, ok bool) {
	const start = "HTTP/1.1 "
	line, _, found := bytes.Cut(p, refusalMark)
	if !found || !bytes.HasPrefix(line, []byte(start)) || bytes.IndexByte(line, '\n') >= 0 || len(line) < len(start)+3 {
		return 0, false
	}
	status, err := strconv.Atoi(string(line[len(start) : len(start)+3]))
	return status, err == nil
}

// refusalText is our form of a refusal.
func refusalText(status int) []byte {
	line, text := "400 Bad Request", `{"error":"bad request"}`
	if status == 431 {
		line, text = "431 Request Header Fields Too Large", `{"error":"the headers are too large"}`
	}
	return []byte("HTTP/1.1 " + line + "\r\nCache-Control: no-store\r\nContent-Type: application/json\r\nConnection: close\r\n" +
		"Content-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text)
}
