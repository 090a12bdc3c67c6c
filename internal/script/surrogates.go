package script

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// unitsOf unescapes the inside of a JSON string into UTF-16, in which lone surrogates
// are what they were: a text that had one must not become another's.
func unitsOf(inside []byte) []uint16 {
	var units []uint16
	for i := 0; i < len(inside); {
		if inside[i] != '\\' || i+1 == len(inside) {
			r, size := utf8.DecodeRune(inside[i:])
			units = utf16.AppendRune(units, r)
			i += size
			continue
		}
		if inside[i+1] == 'u' && i+6 <= len(inside) {
			unit, _ := strconv.ParseUint(string(inside[i+2:i+6]), 16, 16)
			units = append(units, uint16(unit))
			i += 6
			continue
		}
		units = append(units, escaped(inside[i+1]))
		i += 2
	}
	return units
}

func escaped(c byte) uint16 {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return uint16(c)
	}
}

// appendText writes a text of the engine as a JSON string. A lone surrogate stays one,
// escaped, so that whoever reads it can refuse it.
func appendText(to []byte, s goja.String) []byte {
	to = append(to, '"')
	for i := 0; i < s.Length(); i++ {
		unit := rune(s.CharAt(i))
		switch {
		case unit == '"' || unit == '\\':
			to = append(to, '\\', byte(unit))
		case unit < 0x20:
			to = appendEscape(to, unit)
		case utf16.IsSurrogate(unit):
			pair := utf8.RuneError
			if i+1 < s.Length() {
				pair = utf16.DecodeRune(unit, rune(s.CharAt(i+1)))
			}
			if pair == utf8.RuneError {
				to = appendEscape(to, unit)
				break
			}
			to = utf8.AppendRune(to, pair)
			i++
		default:
			to = utf8.AppendRune(to, unit)
		}
	}
	return append(to, '"')
}

func appendEscape(to []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(to, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}
