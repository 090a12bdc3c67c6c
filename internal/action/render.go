package action

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxBody is the largest body of a message, in bytes.
const MaxBody = 256 << 10

// Render makes the document of an argument, which is a JSON object. Its errors name
// what is missing and quote nothing of the argument.
func (t Template) Render(args []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(args))
	decoder.UseNumber()
	var value any
	if len(args) > MaxBody {
		return nil, fmt.Errorf("the argument is larger than %d KiB", MaxBody>>10)
	}
	if err := decoder.Decode(&value); err != nil {
		return nil, errors.New("the argument is no JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the argument is no JSON")
	}
	if _, isObject := value.(map[string]any); !isObject {
		return nil, errors.New("the argument is no object: call the action with one, as {user: …}")
	}
	var out bytes.Buffer
	var err error
	if t.root == nil {
		err = writeJSON(&out, value)
	} else {
		err = t.root.render(&out, value)
	}
	switch {
	case err != nil:
		return nil, err
	case out.Len() > MaxBody:
		return nil, fmt.Errorf("the body is larger than %d KiB", MaxBody>>10)
	}
	return out.Bytes(), nil
}

type (
	literal     []byte // JSON
	constant    string // a part of a text
	placeholder []string
	texts       []node // constants and placeholders
	array       []node
	object      []member
	member      struct {
		name  []byte // JSON
		value node
	}
)

func (l literal) render(out *bytes.Buffer, _ any) error { out.Write(l); return nil }

func (c constant) render(out *bytes.Buffer, _ any) error { out.WriteString(string(c)); return nil }

func (p placeholder) render(out *bytes.Buffer, args any) error {
	value, err := p.of(args)
	if err != nil {
		return err
	}
	return writeJSON(out, value)
}

// of finds what a placeholder stands for. A part of it is a member of an object, or the
// number of an element of an array.
func (p placeholder) of(args any) (any, error) {
	at := args
	for _, part := range p {
		there := false
		switch held := at.(type) {
		case map[string]any:
			at, there = held[part]
		case []any:
			n, err := strconv.Atoi(part)
			if there = err == nil && n >= 0 && n < len(held); there {
				at = held[n]
			}
		}
		if !there {
			return nil, fmt.Errorf("the argument has no %s", strings.Join(p, "."))
		}
	}
	return at, nil
}

func (t texts) render(out *bytes.Buffer, args any) error {
	var text strings.Builder
	for _, part := range t {
		p, filled := part.(placeholder)
		if !filled {
			text.WriteString(string(part.(constant)))
			continue
		}
		value, err := p.of(args)
		if err != nil {
			return err
		}
		switch value := value.(type) {
		case string:
			text.WriteString(value)
		case json.Number, bool:
			fmt.Fprint(&text, value)
		default:
			return fmt.Errorf("%s of the argument is null, an object or a list: only a text, a number or a truth value fits into a text", strings.Join(p, "."))
		}
		if text.Len() > MaxBody {
			return fmt.Errorf("the body is larger than %d KiB", MaxBody>>10)
		}
	}
	out.Write(jsonText(text.String()))
	return nil
}

func (a array) render(out *bytes.Buffer, args any) error {
	out.WriteByte('[')
	for i, value := range a {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := value.render(out, args); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func (o object) render(out *bytes.Buffer, args any) error {
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(m.name)
		out.WriteByte(':')
		if err := m.value.render(out, args); err != nil {
			return err
		}
		if out.Len() > MaxBody {
			return fmt.Errorf("the body is larger than %d KiB", MaxBody>>10)
		}
	}
	out.WriteByte('}')
	return nil
}

func writeJSON(out *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return errors.New("the argument is no JSON")
	}
	out.Truncate(out.Len() - 1) // the line's end
	return nil
}

func jsonText(text string) []byte {
	var out bytes.Buffer
	if err := writeJSON(&out, text); err != nil {
		panic(err) // any text is a JSON text
	}
	return out.Bytes()
}
