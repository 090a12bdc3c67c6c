package providers

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	usersync "usersync/sync"
)

// valueKind tells the forms of a value found in an event apart.
type valueKind uint8

const (
	absent   valueKind = iota // not there: says nothing
	null                      // there, and null: clears
	boolean                   // flag
	number                    // text is the literal, as sent
	text                      // text, unescaped
	document                  // text is the raw JSON of an object or array
	instant                   // at
	invalid                   // there, but not what was asked for; text says what is wrong
)

// value is what an expression finds in an event.
type value struct {
	kind    valueKind
	flag    bool
	damaged bool // a text that had lone surrogates, each now U+FFFD
	text    string
	at      usersync.Micros
}

// valueOf reads a JSON value that was validated. Numbers keep their literal and
// texts are unescaped here: gjson formats the one through float64, and hides
// lone surrogates in the other.
func valueOf(raw string) value {
	switch raw[0] {
	case 'n':
		return value{kind: null}
	case 't', 'f':
		return value{kind: boolean, flag: raw[0] == 't'}
	case '"':
		if strings.IndexByte(raw, '\\') < 0 {
			return value{kind: text, text: raw[1 : len(raw)-1]}
		}
		unescaped, err := jsontext.AppendUnquote(nil, raw)
		return value{kind: text, text: string(unescaped), damaged: err != nil}
	case '{', '[':
		return value{kind: document, text: raw}
	default:
		return value{kind: number, text: raw}
	}
}

// str returns the value as a text, as a concat and a text column want it: a
// text itself, or a number's literal.
func (v value) str() (s string, ok bool) {
	return v.text, v.kind == text || v.kind == number
}

// word names the form for an operator.
func (v value) word() string {
	switch v.kind {
	case absent:
		return "nothing"
	case null:
		return "null"
	case boolean:
		return "a boolean"
	case number:
		return "a number"
	case text:
		return "a text"
	case instant:
		return "a time"
	default:
		return "an object or array"
	}
}
