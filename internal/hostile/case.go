package hostile

import (
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// Path is the endpoint that the cases attack.
const Path = "/webhooks/hostile"

// Canary is in every payload, query and credential header that is made up, so
// that a leak is found by looking for it.
const Canary = "canary7f3a"

// Closed is the status that Case.Want names for no answer at all.
const Closed = 0

// Case is one connection's worth of bytes and what may come back.
type Case struct {
	Name string
	// Signed says that the receiver can prove the sender, so that it may store
	// something. If not, nothing may change.
	Signed bool
	// Want holds the statuses that are right.
	Want []int
	// Outcome is what a 200 must say; "" for any.
	Outcome string
	// Slow says that the case waits for a limit of the receiver to strike.
	Slow bool

	method string
	pieces []piece
}

// piece is part of what is sent. Large requests repeat a small piece, so that
// a test of memory does not measure itself.
type piece struct {
	data  string
	times int
	pause time.Duration // before each repetition
	end   bool          // afterwards nothing more is sent, and the receiver knows
}

// Elsewhere is the case against another path, with one more header line in each
// head, where any answer is right that is no redirect and no failure.
func (c Case) Elsewhere(path, line string) Case {
	c.Want = []int{Closed, 200, 201, 400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 422, 431}
	c.Outcome = ""
	c.pieces = slices.Clone(c.pieces)
	for i := range c.pieces {
		moved := strings.ReplaceAll(c.pieces[i].data, Path, path)
		c.pieces[i].data = strings.ReplaceAll(moved, "Host: localhost\r\n", "Host: localhost\r\n"+line+"\r\n")
	}
	return c
}

// WriteTo writes the bytes of the case.
func (c Case) WriteTo(w io.Writer) (written int64, err error) {
	for _, p := range c.pieces {
		for range max(p.times, 1) {
			time.Sleep(p.pause)
			n, err := io.WriteString(w, p.data)
			written += int64(n)
			if err != nil {
				return written, err
			}
		}
		if half, ok := w.(*net.TCPConn); ok && p.end {
			if err := half.CloseWrite(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}
