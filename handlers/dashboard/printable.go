package dashboard

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	usersync "usersync/sync"
)

// printable is a text as it can be read: what has no shape of its own, or turns the text
// around it, stands there as its code.
func printable(text string) string {
	return escapedBut(text, unicode.IsPrint)
}

// printableLines is printable for a text of several lines.
func printableLines(text string) string {
	return escapedBut(text, func(r rune) bool { return unicode.IsPrint(r) || r == '\n' || r == '\t' })
}

func escapedBut(text string, stays func(rune) bool) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !stays(r) }) && utf8.ValidString(text) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if stays(r) {
			out.WriteRune(r)
			continue
		}
		out.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	return out.String()
}

// clipped is the beginning of a text, of at most so many bytes, cut between characters.
func clipped(text string, most int) (beginning string, cut bool) {
	if len(text) <= most {
		return text, false
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most], true
}

// valueView is a value of a column.
type valueView struct {
	Text string
	Null bool
	Cut  bool // only the beginning is shown
}

// viewValue shows a value with at most so many bytes.
func viewValue(v usersync.Value, most int) valueView {
	var text string
	switch v.Kind() {
	case usersync.Bool:
		return valueView{Text: strconv.FormatBool(v.True())}
	case usersync.Time:
		return valueView{Text: exact(v.Micros())}
	case usersync.Text:
		text = v.Str()
	case usersync.JSON:
		document, whole := v.Document()
		if !whole {
			return valueView{Text: "(not read)"}
		}
		var indented bytes.Buffer
		beginning, cut := clipped(document, most)
		if cut || json.Indent(&indented, []byte(beginning), "", "  ") != nil || indented.Len() > 4*most {
			return valueView{Text: printable(beginning), Cut: cut}
		}
		return valueView{Text: printableLines(indented.String())}
	default:
		return valueView{Null: true}
	}
	text, cut := clipped(text, most)
	return valueView{Text: printable(text), Cut: cut}
}

// exact is an instant with all that is known of it.
func exact(at usersync.Micros) string { return at.Time().Format("2006-01-02 15:04:05.999999 UTC") }
