package usersync

import (
	"bytes"
	"encoding/json"
)

// Mentions reports whether a payload has the text as a whole JSON string, however
// it is escaped, or as a number. The payload may be no JSON: nobody has understood
// it.
func Mentions(payload []byte, text string) bool {
	for rest := payload; len(rest) > 0; {
		start := bytes.IndexByte(rest, '"')
		if start < 0 {
			return numberIn(rest, text)
		}
		if numberIn(rest[:start], text) {
			return true
		}
		literal, ended := stringAt(rest[start:])
		if !ended {
			// A quote too many, or a text that was cut: whatever follows it may be read
			// the wrong way round.
			return bytes.Contains(rest[start:], []byte(text))
		}
		var said string
		if json.Unmarshal(literal, &said) == nil && said == text {
			return true
		}
		rest = rest[start+len(literal):]
	}
	return false
}

// stringAt cuts the string literal off whose opening quote is the first byte.
func stringAt(rest []byte) (literal []byte, ended bool) {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return rest[:i+1], true
		}
	}
	return rest, false
}

// numberIn reports whether the bytes between two strings hold the text as a
// number.
func numberIn(between []byte, text string) bool {
	digits := func(b byte) bool { return b >= '0' && b <= '9' }
	if text == "" || !digits(text[len(text)-1]) || text[0] != '-' && !digits(text[0]) {
		return false
	}
	for _, token := range bytes.FieldsFunc(between, func(r rune) bool { return bytes.ContainsRune([]byte(" \t\r\n,:[]{}"), r) }) {
		if string(token) == text {
			return true
		}
	}
	return false
}
