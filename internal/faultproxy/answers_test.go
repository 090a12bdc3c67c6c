package faultproxy

import (
	"encoding/binary"
	"testing"
)

// message is one of the server's, as the manual describes it.
func message(kind byte, content string) []byte {
	m := binary.BigEndian.AppendUint32([]byte{kind}, uint32(4+len(content)))
	return append(m, content...)
}

// However a stream is cut in pieces, the commit is found once, and what stands
// before it is told from it.
func TestCommitIsFoundInAnyPieces(t *testing.T) {
	t.Parallel()
	var stream []byte
	for _, m := range [][]byte{
		message('R', "\x00\x00\x00\x00"),
		message('2', ""), // no content at all
		message('D', "a row that says C and COMMIT\x00"),
		message('C', "INSERT 0 1\x00"),
		message('C', "COMMIT PREPARED\x00"),
		message('C', "ROLLBACK\x00"),
	} {
		stream = append(stream, m...)
	}
	begins := len(stream)
	stream = append(stream, message('C', "COMMIT\x00")...)
	ends := len(stream)
	stream = append(stream, message('Z', "I")...)
	for size := 1; size <= len(stream); size++ {
		read := &answers{}
		asked := 0
		for at := 0; at < len(stream); at += size {
			piece := stream[at:min(at+size, len(stream))]
			before := read.commit(piece, func() bool { asked++; return true })
			if before < 0 {
				continue
			}
			if end := at + len(piece); end < ends || at >= ends {
				t.Fatalf("pieces of %d: found in %d to %d, it ends at %d", size, at, end, ends)
			}
			if want := max(0, begins-at); before != want {
				t.Errorf("pieces of %d: %d bytes before it in the piece at %d, want %d", size, before, at, want)
			}
		}
		if asked != 1 {
			t.Errorf("pieces of %d: %d commits", size, asked)
		}
	}
}

// Who is not to be lost passes, and the next one is seen all the same.
func TestCommitsThatPass(t *testing.T) {
	t.Parallel()
	stream := append(message('C', "COMMIT\x00"), message('C', "COMMIT\x00")...)
	read, asked := &answers{}, 0
	before := read.commit(stream, func() bool { asked++; return asked == 2 })
	if want := len(stream) / 2; before != want || asked != 2 {
		t.Errorf("%d bytes before it, asked %d times", before, asked)
	}
}
