package usersync

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// Mentions reports whether the text stands in the letter's payload, or in a header:
// CloudEvents in binary mode have attributes there, with a % for what is not ASCII.
func (l *DeadLetter) Mentions(text string) bool {
	for _, value := range l.Headers {
		plain, err := url.PathUnescape(value)
		if value == text || err == nil && plain == text || Mentions([]byte(value), text) {
			return true
		}
	}
	return Mentions(l.Payload, text)
}

// Mentions reports whether a payload has the text as a whole JSON string, however
// it is escaped and in however many documents within strings, or by itself. The
// payload may be no JSON: nobody has understood it.
func Mentions(payload []byte, text string) bool {
	// A quote too many, and the rest is read the wrong way round.
	return bytes.Contains(payload, []byte(`"`+text+`"`)) || mentions(payload, text, maxNesting)
}

// maxNesting bounds documents within strings of documents.
const maxNesting = 4

func mentions(payload []byte, text string, nesting int) bool {
	for rest := payload; len(rest) > 0; {
		start := bytes.IndexByte(rest, '"')
		if start < 0 {
			return wordIn(rest, text)
		}
		if wordIn(rest[:start], text) {
			return true
		}
		literal, ended := stringAt(rest[start:])
		if !ended {
			// A text that was cut, or that quote: whatever follows may be anything.
			return bytes.Contains(rest[start:], []byte(text))
		}
		var said string
		if json.Unmarshal(literal, &said) == nil && (said == text || nesting > 0 && strings.ContainsAny(said, `"{[`) && mentions([]byte(said), text, nesting-1)) {
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

// wordIn reports whether the bytes between two strings hold the text by itself: a
// number, or what somebody forgot to quote.
func wordIn(between []byte, text string) bool {
	for _, word := range bytes.FieldsFunc(between, func(r rune) bool { return strings.ContainsRune(" \t\r\n,:[]{}", r) }) {
		if string(word) == text {
			return true
		}
	}
	return false
}
