package script

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// The largest frames: a job has a body and the script, an answer what came of it.
const (
	maxJob    = 8 << 20
	maxAnswer = 4 << 20
)

// writeFrame writes a value as JSON, behind its length in four bytes. Nil is a frame
// without content: a sign of life.
func writeFrame(w io.Writer, value any) error {
	frame := make([]byte, 4)
	if value != nil {
		var err error
		if frame, err = appendJSON(frame, value); err != nil {
			return err
		}
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4)) //nolint:gosec // it holds no more than both limits allow
	_, err := w.Write(frame)
	return err
}

// appendJSON writes a value as JSON. json.Marshal would make six bytes of each <, > and
// &, and the limits are of what is meant.
func appendJSON(to []byte, value any) ([]byte, error) {
	text := bytes.NewBuffer(to)
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

// readFrame reads the content of one frame.
func readFrame(r io.Reader, limit uint32) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > limit {
		return nil, fmt.Errorf("a frame of %d bytes is longer than %d", length, limit)
	}
	content := make([]byte, length)
	_, err := io.ReadFull(r, content)
	return content, err
}
