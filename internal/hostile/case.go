package hostile

import (
	"io"
	"net"
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
