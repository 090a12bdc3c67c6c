package providers

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

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

// lookup finds the value at a path of a document that was validated.
func lookup(doc, path string) value {
	return valueOf(gjson.Get(doc, path))
}

// valueOf converts what gjson found. Numbers keep their literal and texts are
// unescaped here: gjson formats the one through float64, and hides lone
// surrogates in the other.
func valueOf(r gjson.Result) value {
	switch r.Type {
	case gjson.Null:
		if !r.Exists() {
			return value{}
		}
		return value{kind: null}
	case gjson.True, gjson.False:
		return value{kind: boolean, flag: r.Type == gjson.True}
	case gjson.Number:
		return value{kind: number, text: r.Raw}
	case gjson.String:
		if !strings.Contains(r.Raw, `\`) {
			return value{kind: text, text: r.Str}
		}
		unescaped, err := jsontext.AppendUnquote(nil, r.Raw)
		return value{kind: text, text: string(unescaped), damaged: err != nil}
	default:
		return value{kind: document, text: r.Raw}
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
