package report

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	usersync "usersync/sync"
)

// WholeLetter is all of a dead letter. What was sent is one of three: a JSON
// document, a text, or other bytes.
type WholeLetter struct {
	Letter
	Headers     map[string]string `json:"headers"`
	Payload     json.RawMessage   `json:"payload,omitempty"`
	PayloadText string            `json:"payload_text,omitempty"`
	PayloadHex  string            `json:"payload_hex,omitempty"`
}

// WholeLetterOf shows a letter with what was sent.
func WholeLetterOf(l *usersync.StoredLetter) *WholeLetter {
	w := &WholeLetter{Letter: LetterOf(l), Headers: l.Headers}
	switch {
	case !utf8.Valid(l.Payload):
		w.PayloadHex = hex.EncodeToString(l.Payload)
	case json.Valid(l.Payload):
		w.Payload = printableJSON(l.Payload)
	default:
		w.PayloadText = string(l.Payload)
	}
	return w
}

// printableJSON is a JSON document with what no terminal should see escaped: it
// can only stand in texts.
func printableJSON(document []byte) json.RawMessage {
	var out []byte
	for _, r := range string(document) {
		switch {
		case unicode.IsPrint(r), r == '\n', r == '\t', r == '\r':
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
