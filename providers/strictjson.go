package providers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how many objects and arrays may stand in each other.
const maxDepth = 64

// checkJSON reports why a body is not one JSON document as RFC 7493 (I-JSON)
// wants it, or nil. It is the one gate before gjson, which takes anything.
//
// Lone surrogates in escapes pass: in a profile they are replaced, and only
// an id is refused for them. The error never quotes the body.
func checkJSON(body []byte) error {
	doc := trees.Get().(*tree)
	defer doc.release()
	return doc.check(body)
}

// check does it, and leaves the document in the tree if it is one.
func (t *tree) check(body []byte) error {
	if t.load(textOf(body)) {
		return nil
	}
	return explainJSON(body)
}

// explainJSON finds out what is wrong with a body that is not valid.
func explainJSON(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not UTF-8")
	}
	if deeper(textOf(body), maxDepth) {
		return fmt.Errorf("objects and arrays stand more than %d deep in each other", maxDepth)
	}
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowInvalidUTF8(true)) // lone surrogates
	_, err := d.ReadValue()
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return fmt.Errorf("there is more than one JSON document: the first ends at byte %d", d.InputOffset())
	case errors.Is(err, jsontext.ErrDuplicateName):
		return errors.New("an object has a name twice")
	case errors.Is(err, io.EOF) && len(bytes.TrimSpace(body)) == 0:
		return errors.New("the body is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the body ends in the middle of the JSON document")
	case errors.As(err, &syntax):
		return fmt.Errorf("the body is not JSON: see byte %d", syntax.ByteOffset)
	default:
		return errors.New("the body is not JSON")
	}
}

// deeper counts brackets outside of strings; of a text that is no JSON it
// may say anything.
func deeper(text string, limit int) bool {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = afterText(text, i) - 1
		case '{', '[':
			if depth++; depth > limit {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// depthOf returns how many objects and arrays are open at the end of a
// document's beginning.
func depthOf(beginning string) (depth int) {
	for i := 0; i < len(beginning); i++ {
		switch beginning[i] {
		case '"':
			i = afterText(beginning, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return depth
}
