package providers

import (
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// bad is where a document goes on that is none.
const bad = -1

// load validates a document as checkJSON says, in one pass that notes the members
// of its objects. Those within arrays are judged, but not noted: few paths lead there.
func (t *tree) load(doc string) bool {
	t.reset(doc)
	if utf8.ValidString(doc) {
		if end := t.value(doc, afterSpace(doc, 0), root, 0); end != bad && afterSpace(doc, end) == len(doc) {
			return true
		}
	}
	t.drop(root)
	return false
}

// value validates the value that begins at i, so deep in others, and returns where
// it ends. Its members belong to the value at a place in the tree.
func (t *tree) value(doc string, i, at, depth int) int {
	if i >= len(doc) {
		return bad
	}
	switch doc[i] {
	case '"':
		end, _ := checkText(doc, i)
		return end
	case '{':
		return t.object(doc, i, at, depth+1)
	case '[':
		return t.array(doc, i, depth+1)
	case 't':
		return checkWord(doc, i, "true")
	case 'f':
		return checkWord(doc, i, "false")
	case 'n':
		return checkWord(doc, i, "null")
	default:
		return checkNumber(doc, i)
	}
}

// array validates an array.
func (t *tree) array(doc string, i, depth int) int {
	if depth > maxDepth {
		return bad
	}
	if i = afterSpace(doc, i+1); i < len(doc) && doc[i] == ']' {
		return i + 1
	}
	element := t.add("") // what the members of an element belong to
	for {
		if i = t.value(doc, i, element, depth); i == bad {
			return bad
		}
		if t.drop(element + 1); t.values[element].first != root {
			t.values[element].first = root
		}
		if i = afterSpace(doc, i); i >= len(doc) {
			return bad
		}
		switch doc[i] {
		case ',':
			i = afterSpace(doc, i+1)
		case ']':
			t.drop(element)
			return i + 1
		default:
			return bad
		}
	}
}

// object validates an object.
func (t *tree) object(doc string, i, at, depth int) int {
	if depth > maxDepth {
		return bad
	}
	begin := len(t.values)
	if i = afterSpace(doc, i+1); i < len(doc) && doc[i] == '}' {
		t.values[at].first = nowhere
		return i + 1
	}
	var seen nameSet
	last, noted := nowhere, true
	for {
		if i >= len(doc) || doc[i] != '"' {
			return bad
		}
		end, escaped := checkText(doc, i)
		if end == bad {
			return bad
		}
		name := doc[i+1 : end-1]
		if escaped {
			name = unescaped(doc[i:end])
		}
		if !seen.add(t, at, name) {
			return bad
		}
		if noted && seen.many != nil && len(t.values) > usualValues {
			// Nothing is proven yet: whoever sends a million members shall not have them noted.
			noted = false
			t.drop(begin)
			last = t.add("") // what the members of a member belong to
		}
		if noted {
			last = t.append(at, last, name)
		}
		if i = afterSpace(doc, end); i >= len(doc) || doc[i] != ':' {
			return bad
		}
		i = afterSpace(doc, i+1)
		if end = t.value(doc, i, last, depth); end == bad {
			return bad
		}
		if noted {
			t.values[last].raw = doc[i:end]
		} else {
			t.drop(last + 1)
			t.values[last].first = root
		}
		if i = afterSpace(doc, end); i >= len(doc) {
			return bad
		}
		switch doc[i] {
		case ',':
			i = afterSpace(doc, i+1)
		case '}':
			if !noted || at != root && len(t.values) > usualValues { // they are read if a path leads there
				t.drop(begin)
				t.values[at].first = root
			}
			return i + 1
		default:
			return bad
		}
	}
}

// checkText validates the text that begins at i: it returns where it ends, behind its
// quote, and whether it has escapes. That its bytes are UTF-8 is known.
func checkText(doc string, i int) (end int, escaped bool) {
	for i++; ; {
		if i = afterPlain(doc, i); i >= len(doc) {
			return bad, false
		}
		switch doc[i] {
		case '"':
			return i + 1, escaped
		case '\\':
			if i = afterEscape(doc, i+1); i == bad {
				return bad, false
			}
			escaped = true
		default: // a control character
			return bad, false
		}
	}
}

// afterPlain returns where the first byte stands, at or behind i, that ends a text or
// does not belong into one as it is. It looks at eight bytes at once: a subtraction
// borrows from a byte that is smaller.
func afterPlain(doc string, i int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	for ; i+8 <= len(doc); i += 8 {
		eight := doc[i : i+8]
		word := uint64(eight[0]) | uint64(eight[1])<<8 | uint64(eight[2])<<16 | uint64(eight[3])<<24 |
			uint64(eight[4])<<32 | uint64(eight[5])<<40 | uint64(eight[6])<<48 | uint64(eight[7])<<56
		quote, slash := word^'"'*ones, word^'\\'*ones
		// A borrow makes the bits above the lowest wrong, which nobody asks for.
		found := ((word-' '*ones)&^word | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(doc) && doc[i] >= ' ' && doc[i] != '"' && doc[i] != '\\' {
		i++
	}
	return i
}

// afterEscape returns where the escape ends whose backslash stands before i.
func afterEscape(doc string, i int) int {
	if i >= len(doc) {
		return bad
	}
	switch doc[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if i+5 > len(doc) {
			return bad
		}
		for _, c := range []byte(doc[i+1 : i+5]) {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return bad
			}
		}
		return i + 5
	default:
		return bad
	}
}

// checkWord validates one of the three words of JSON.
func checkWord(doc string, i int, word string) int {
	if end := i + len(word); end <= len(doc) && doc[i:end] == word {
		return end
	}
	return bad
}

// checkNumber validates a number. What must not follow one is the caller's matter.
func checkNumber(doc string, i int) int {
	if i < len(doc) && doc[i] == '-' {
		i++
	}
	begin := i
	if i = afterDigits(doc, i); i == begin || doc[begin] == '0' && i > begin+1 {
		return bad
	}
	if i < len(doc) && doc[i] == '.' {
		begin = i + 1
		if i = afterDigits(doc, begin); i == begin {
			return bad
		}
	}
	if i < len(doc) && (doc[i] == 'e' || doc[i] == 'E') {
		if i++; i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		begin = i
		if i = afterDigits(doc, begin); i == begin {
			return bad
		}
	}
	return i
}

func afterDigits(doc string, i int) int {
	for i < len(doc) && doc[i] >= '0' && doc[i] <= '9' {
		i++
	}
	return i
}

// unescaped is the text of a raw JSON text that is valid; lone surrogates become U+FFFD.
func unescaped(raw string) string {
	plain, _ := jsontext.AppendUnquote(nil, raw) // its error says that there was one
	return textOf(plain)
}
