package dashboard

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// How much of a payload is shown: of text, and of bytes that are none.
const (
	payloadShown = 64 << 10
	payloadHex   = 4 << 10
)

// payloadView is what was sent, to be read.
type payloadView struct {
	Text string
	Form string // JSON, text or bytes
	Size int64
	Cut  bool // only the beginning is shown
}

func viewPayload(payload []byte) payloadView {
	v := payloadView{Size: int64(len(payload))}
	switch {
	case !utf8.Valid(payload):
		v.Form, v.Cut = "bytes", len(payload) > payloadHex
		v.Text = hex.Dump(payload[:min(len(payload), payloadHex)])
	case json.Valid(payload):
		v.Form = "JSON"
		v.Text, v.Cut = indented(payload, payloadShown)
	default:
		v.Form = "text"
		v.Text, v.Cut = clipped(string(payload), payloadShown)
	}
	text, more := clipped(printableLines(v.Text), payloadShown)
	v.Text, v.Cut = text, v.Cut || more
	return v
}

// deepest is how far lists and objects are indented. A document may nest further, and
// would become a thousand times as long.
const deepest = 32

// indented puts each value of a valid JSON document in a line of its own, and stops after
// so many bytes. Nothing else is changed: what was sent twice stands there twice.
func indented(document []byte, most int) (text string, cut bool) {
	var out strings.Builder
	depth, quoted := 0, false
	line := func() {
		out.WriteByte('\n')
		out.WriteString(strings.Repeat("  ", min(depth, deepest)))
	}
	for i := 0; i < len(document); i++ {
		if out.Len() >= most {
			text, _ = clipped(out.String(), most)
			return text, true
		}
		c := document[i]
		switch {
		case quoted:
			out.WriteByte(c)
			if c == '\\' {
				i++
				out.WriteByte(document[i])
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
			out.WriteByte(c)
		case c == '{' || c == '[':
			out.WriteByte(c)
			if next := pastSpace(document, i+1); document[next] == c+2 { // {} and []
				out.WriteByte(c + 2)
				i = next
				continue
			}
			depth++
			line()
		case c == '}' || c == ']':
			depth--
			line()
			out.WriteByte(c)
		case c == ',':
			out.WriteByte(c)
			line()
		case c == ':':
			out.WriteString(": ")
		case !space(c):
			out.WriteByte(c)
		}
	}
	return out.String(), false
}

// pastSpace is where the next character of a document stands that is no space.
func pastSpace(document []byte, i int) int {
	for space(document[i]) {
		i++
	}
	return i
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
