package action

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how deep a template or an argument is nested.
const maxDepth = 64

// Template makes a JSON document of an argument: it is that document, with
// placeholders such as {user.name} in its texts. The zero Template makes the argument
// itself. It has no conditions, loops or functions: a script has them.
type Template struct{ root node }

// node makes one value of the document.
type node interface {
	render(out *bytes.Buffer, args any) error
}

// ParseTemplate reads a template, which is a JSON object. Its error names the place.
func ParseTemplate(document []byte) (Template, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	root, err := parseNode(decoder, "", 0)
	if err != nil {
		return Template{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Template{}, errors.New("more than one JSON document")
	}
	if _, isObject := root.(object); !isObject {
		return Template{}, errors.New("want a mapping: the members of the JSON object to send")
	}
	return Template{root}, nil
}

func parseNode(decoder *json.Decoder, place string, depth int) (node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: nested more than %d deep", place, maxDepth)
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, errors.New("not valid JSON")
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return parseObject(decoder, place, depth)
		}
		return parseArray(decoder, place, depth)
	case string:
		n, err := parseText(token)
		if err != nil && place != "" {
			err = fmt.Errorf("%s: %w", place, err)
		}
		return n, err
	default:
		text, err := json.Marshal(token)
		return literal(text), err
	}
}

func parseObject(decoder *json.Decoder, place string, depth int) (node, error) {
	o := object{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, errors.New("not valid JSON")
		}
		name, _ := token.(string) // a key is nothing else
		value, err := parseNode(decoder, strings.TrimPrefix(place+"."+name, "."), depth+1)
		if err != nil {
			return nil, err
		}
		o = append(o, member{jsonText(name), value})
	}
	_, err := decoder.Token()
	return o, err
}

func parseArray(decoder *json.Decoder, place string, depth int) (node, error) {
	a := array{}
	for decoder.More() {
		value, err := parseNode(decoder, fmt.Sprintf("%s.%d", place, len(a)), depth+1)
		if err != nil {
			return nil, err
		}
		a = append(a, value)
	}
	_, err := decoder.Token()
	return a, err
}

// parseText splits a text into what it says and its placeholders.
func parseText(text string) (node, error) {
	var parts texts
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			parts = append(parts, constant(plain.String()))
			plain.Reset()
		}
	}
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			plain.WriteByte(rest[0])
			rest = rest[2:]
		case rest[0] == '}':
			return nil, errors.New("a } without its {: write }} for one that is meant")
		case rest[0] == '{':
			name, after, closed := strings.Cut(rest[1:], "}")
			if !closed || !isPath(name) {
				return nil, errors.New("what follows a { is no placeholder: write {member} or {member.path} of the argument, and {{ for a { that is meant")
			}
			flush()
			parts = append(parts, placeholder(strings.Split(name, ".")))
			rest = after
		default:
			plain.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	flush()
	if len(parts) == 1 {
		if alone, is := parts[0].(placeholder); is {
			return alone, nil // with its type
		}
	}
	return parts, nil
}

// isPath reports whether a text names a member: words with dots between them.
func isPath(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || strings.ContainsAny(part, " \t\r\n{}|()'\"") {
			return false
		}
	}
	return true
}
