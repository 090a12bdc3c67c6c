package providers

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// errNumber refuses a number that JSON allows and a database cannot keep, or
// keeps as a hundred thousand digits: Postgres' jsonb holds it as a numeric.
var errNumber = errors.New("a number has more than 1000 characters or an exponent of more than 3 digits")

// canonicalJSON writes a valid document in its one canonical form: names
// sorted bytewise, no space, strings cleaned and escaped the shortest way,
// numbers as they were sent. Writing it again changes nothing.
func canonicalJSON(raw string) (string, error) {
	raw = raw[afterSpace(raw, 0):]
	dst, err := appendCanonical(make([]byte, 0, len(raw)), raw)
	return textOf(dst), err
}

// appendCanonical appends a value, in front of which stands no space.
func appendCanonical(dst []byte, raw string) ([]byte, error) {
	switch raw[0] {
	case '{':
		return appendObject(dst, raw)
	case '[':
		return appendArray(dst, raw)
	}
	switch v := valueOf(raw); v.kind {
	case text:
		return appendString(dst, cleanText(v.text)), nil
	case number:
		if _, exponent, _ := strings.Cut(strings.ToLower(v.text), "e"); len(v.text) > 1000 || len(strings.TrimLeft(exponent, "+-0")) > 3 {
			return dst, errNumber
		}
		return append(dst, v.text...), nil
	default:
		return append(dst, raw...), nil
	}
}

func appendArray(dst []byte, raw string) (_ []byte, err error) {
	dst = append(dst, '[')
	first := true
	elementsOf(raw, func(element string) bool {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst, err = appendCanonical(dst, element)
		return err == nil
	})
	return append(dst, ']'), err
}

// appendObject sorts the members. Cleaning can make two names one; then the
// one whose original sorts first stays, whatever their order was.
func appendObject(dst []byte, raw string) ([]byte, error) {
	type member struct{ name, original, value string }
	var stack [8]member
	members := stack[:0]
	membersOf(raw, func(name, element string) {
		if len(members) == len(stack) { // room for all at once: what slices outgrow is garbage of several times their size
			members = slices.Grow(members, countMembers(raw)-len(members))
		}
		original := valueOf(name).text
		members = append(members, member{cleanText(original), original, element})
	})
	slices.SortFunc(members, func(a, b member) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.original, b.original))
	})
	members = slices.CompactFunc(members, func(a, b member) bool { return a.name == b.name })

	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, m.name), ':')
		var err error
		if dst, err = appendCanonical(dst, m.value); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// countMembers returns how many members an object has.
func countMembers(raw string) (n int) {
	membersOf(raw, func(string, string) { n++ })
	return n
}

// appendString quotes a text that is valid UTF-8, as cleanText leaves it.
func appendString(dst []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return append(dst, `""`...)
	}
	return quoted
}
