package faultproxy

import "encoding/binary"

const (
	// headSize is a message's type and its length, which counts itself but not
	// the type. Source: the Postgres manual, "Message Formats".
	headSize = 5
	// commandComplete is the type of the message that a statement was done. The
	// server sends it for COMMIT once the commit is durable.
	commandComplete = 'C'
	committed       = "COMMIT\x00"
)

// answers follows what a server sends, message by message, however the network
// cut it in pieces. The server must not have been asked for TLS: its answer to
// that is no message.
type answers struct {
	head []byte // of the message that is being read
	left int    // bytes of its content that have not come yet
	tag  []byte // its content so far, if it may be a commit's
}

// commit reads a piece. It returns where the part before the answer to a commit
// ends if the answer is in the piece, or ends in it, and loses says that it is
// to be lost, else -1.
func (a *answers) commit(piece []byte, loses func() bool) int {
	start := 0 // of the message in this piece
	for i := 0; i < len(piece); {
		if len(a.head) < headSize {
			if len(a.head) == 0 {
				start = i
			}
			a.head = append(a.head, piece[i])
			i++
			if len(a.head) == headSize {
				a.left = max(0, int(binary.BigEndian.Uint32(a.head[1:]))-4)
			}
			if len(a.head) < headSize || a.left > 0 {
				continue
			}
		} else {
			n := min(a.left, len(piece)-i)
			if a.head[0] == commandComplete && len(a.tag) <= len(committed) {
				a.tag = append(a.tag, piece[i:i+n]...)
			}
			i += n
			a.left -= n
			if a.left > 0 {
				continue
			}
		}
		done := a.head[0] == commandComplete && string(a.tag) == committed
		a.head, a.tag = a.head[:0], a.tag[:0]
		if done && loses() {
			return start
		}
	}
	return -1
}
