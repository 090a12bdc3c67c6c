package usersync

import (
	"cmp"
	"crypto/sha256"
)

// ValueKind tells the forms of a Value apart.
type ValueKind uint8

// The kinds of values. Absent is the zero value: nothing was said. Null was
// said, and clears a column. The order is part of the canonical order.
const (
	Absent ValueKind = iota
	Null
	Bool
	Time
	Text
	JSON
)

// hashSize is the length in bytes of the hash that leads a JSON value.
const hashSize = 16

// Value is one field's value in its canonical form, comparable and without
// pointers. A JSON value begins with a hash of the document, so that documents
// can be compared without being read back from a database that may have
// reformatted them.
type Value struct {
	kind ValueKind
	num  int64
	text string
}

// NullValue is what clears a column.
func NullValue() Value { return Value{kind: Null} }

// TextValue holds s as it is.
func TextValue(s string) Value { return Value{kind: Text, text: s} }

// BoolValue holds b.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: Bool, num: 1}
	}
	return Value{kind: Bool}
}

// TimeValue holds an instant.
func TimeValue(m Micros) Value { return Value{kind: Time, num: int64(m)} }

// JSONValue holds a document, which must be in canonical form (sorted names,
// no insignificant space), so that equal documents are equal texts.
func JSONValue(canonical string) Value {
	sum := sha256.Sum256([]byte(canonical))
	return Value{kind: JSON, text: string(sum[:hashSize]) + canonical}
}

// JSONHash holds only the hash of a document, for a value whose document
// stays in the database. hash must be one that Hash returned.
func JSONHash(hash string) Value { return Value{kind: JSON, text: hash} }

// Kind returns the kind of the value.
func (v Value) Kind() ValueKind { return v.kind }

// Present reports whether anything was said, null included.
func (v Value) Present() bool { return v.kind != Absent }

// Str returns the text of a Text value, else "".
func (v Value) Str() string {
	if v.kind != Text {
		return ""
	}
	return v.text
}

// True reports whether the value is the boolean true.
func (v Value) True() bool { return v.kind == Bool && v.num == 1 }

// Micros returns the instant of a Time value, else 0.
func (v Value) Micros() Micros {
	if v.kind != Time {
		return 0
	}
	return Micros(v.num)
}

// Document returns the canonical JSON text; ok is false if the value is no
// JSON or if only its hash is known.
func (v Value) Document() (text string, ok bool) {
	if v.kind != JSON || len(v.text) <= hashSize {
		return "", false
	}
	return v.text[hashSize:], true
}

// Hash returns the hash that leads a JSON value, else "".
func (v Value) Hash() string {
	if v.kind != JSON {
		return ""
	}
	return v.text[:hashSize]
}

// key is what canonical comparison looks at: for JSON the hash alone.
func (v Value) key() string {
	if v.kind == JSON {
		return v.text[:hashSize]
	}
	return v.text
}

// Equal reports whether two values are the same. Documents are the same if
// their hashes are.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.num == w.num && v.key() == w.key()
}

// compare orders values by kind, then bytewise by their canonical form. The
// order has no meaning; it only has to be total and the same everywhere.
func (v Value) compare(w Value) int {
	return cmp.Or(cmp.Compare(v.kind, w.kind), cmp.Compare(v.num, w.num), cmp.Compare(v.key(), w.key()))
}
