package providers

import (
	"strings"
	"unicode/utf8"
)

// maxID is the longest id in bytes; ids are keys of database indexes.
const maxID = 255

// maxEmail keeps an address fit for the index on lower(email), whose entries
// Postgres limits to 2704 bytes. RFC 5321 allows 254.
const maxEmail = 1024

// cleanText makes a profile text storable: NUL is removed, which no database
// text can hold. Lone surrogates became U+FFFD when the text was unescaped.
func cleanText(s string) string {
	if strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// checkID returns what is wrong with an id, or "". An id is taken exactly as
// sent, so what cannot be kept exactly is refused, never repaired.
func checkID(v value) (id, wrong string) {
	switch {
	case v.kind == number:
		if !allDigits(strings.TrimPrefix(v.text, "-")) {
			return "", "it is a number, but no integer"
		}
	case v.kind != text:
		return "", "it is " + v.word() + ", not a text"
	case v.damaged:
		return "", "it has a lone surrogate"
	case strings.ContainsFunc(v.text, isControl):
		return "", "it has a control character"
	}
	if len(v.text) > maxID {
		return "", "it is longer than 255 bytes"
	}
	return v.text, ""
}

// isControl covers C0, DEL and C1.
func isControl(r rune) bool {
	return r < 0x20 || r >= 0x7f && r <= 0x9f
}

// cut shortens a text of the sender for a log line.
func cut(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	n := limit
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
