package providers

import "strings"

// The functions here walk through JSON that was validated: they only look for
// where things end. Of a text that is no JSON they may say anything, but come
// to an end.

// afterSpace returns where the next token begins, at or behind i.
func afterSpace(raw string, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\r' || raw[i] == '\t') {
		i++
	}
	return i
}

// afterValue returns where the value that begins at i ends.
func afterValue(raw string, i int) int {
	if i >= len(raw) {
		return i
	}
	switch raw[i] {
	case '"':
		return afterText(raw, i)
	case '{', '[':
		return afterBrackets(raw, i)
	}
	for i < len(raw) && raw[i] != ',' && raw[i] != '}' && raw[i] != ']' && raw[i] > ' ' {
		i++
	}
	return i
}

// afterText returns where the text that begins at i ends, behind its quote.
func afterText(raw string, i int) int {
	for i++; ; {
		quote := strings.IndexByte(raw[i:], '"')
		if quote < 0 {
			return len(raw)
		}
		i += quote + 1
		slashes := 0
		for slashes < i-2 && raw[i-2-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}

// afterBrackets returns where the object or array that begins at i ends.
func afterBrackets(raw string, i int) int {
	depth := 0
	for i < len(raw) {
		switch raw[i] {
		case '"':
			i = afterText(raw, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

// begins reports whether a value is an object or array that begins so. In front
// of a whole document there may be space.
func begins(raw string, bracket byte) bool {
	i := afterSpace(raw, 0)
	return i < len(raw) && raw[i] == bracket
}

// elementsOf calls each with the elements of an array, until it returns false.
func elementsOf(raw string, each func(element string) bool) {
	for i := afterSpace(raw, 0) + 1; ; i++ {
		i = afterSpace(raw, i)
		if i >= len(raw) || raw[i] == ']' {
			return
		}
		end := afterValue(raw, i)
		if !each(raw[i:end]) {
			return
		}
		if i = afterSpace(raw, end); i >= len(raw) || raw[i] != ',' {
			return
		}
	}
}

// membersOf calls each with the members of an object; name is raw, with its
// quotes.
func membersOf(raw string, each func(name, element string)) {
	for i := afterSpace(raw, 0) + 1; ; i++ {
		i = afterSpace(raw, i)
		if i >= len(raw) || raw[i] != '"' {
			return
		}
		end := afterText(raw, i)
		name := raw[i:end]
		i = afterSpace(raw, afterSpace(raw, end)+1) // behind the colon
		end = afterValue(raw, i)
		if i >= end {
			return
		}
		each(name, raw[i:end])
		if i = afterSpace(raw, end); i >= len(raw) || raw[i] != ',' {
			return
		}
	}
}

// plainText is the text of a raw JSON text that is valid.
func plainText(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	return unescaped(raw)
}
