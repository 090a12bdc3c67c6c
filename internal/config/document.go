package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a mapping of any form, kept as JSON whose members are in the order of the
// file. The zero Document is none.
type Document struct{ json string }

// JSON returns the document, nil if there is none.
func (d Document) JSON() []byte {
	if d.json == "" {
		return nil
	}
	return []byte(d.json)
}

// node shows the document as YAML, of which JSON is a part.
func (d Document) node() *yaml.Node {
	var document yaml.Node
	if d.json == "" || yaml.Unmarshal([]byte(d.json), &document) != nil {
		return nil
	}
	return document.Content[0]
}

func parseDocument(text string) (any, error) {
	if !json.Valid([]byte(text)) || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil, errors.New("want a mapping, or a JSON object")
	}
	return Document{text}, nil
}

// readDocument turns a mapping into JSON, and expands the variables of its texts.
func (l *loader) readDocument(node *yaml.Node, p path) (any, bool) {
	l.origins.section(p, origin{file: l.file, line: node.Line})
	var out strings.Builder
	if !l.writeJSON(&out, node, p) {
		return nil, false
	}
	return out.String(), true
}

// writeJSON writes what stands at p, or reports what has no place in JSON.
func (l *loader) writeJSON(out *strings.Builder, node *yaml.Node, p path) bool {
	from := origin{file: l.file, line: node.Line}
	if problem := foreign(node); problem != "" {
		l.faultAt(from, p, "%s", problem)
		return false
	}
	switch node.Kind {
	case yaml.MappingNode:
		return l.writeObject(out, node, p)
	case yaml.SequenceNode:
		for i, item := range node.Content {
			out.WriteString(separatorOf(i, "["))
			if !l.writeJSON(out, item, p.child(fmt.Sprint(i))) {
				return false
			}
		}
		out.WriteString(separatorOf(len(node.Content), "[", "]"))
		return true
	}
	var value any = l.readText(node, p)
	if problem := l.origins[p].problem; problem != "" {
		l.faultAt(from, p, "%s", problem)
		return false
	}
	switch tag := node.ShortTag(); tag {
	case "!!int", "!!float", "!!bool", "!!null":
		if err := node.Decode(&value); err != nil {
			l.faultAt(from, p, "cannot be read as what it looks like: put it in quotes")
			return false
		}
		if tag != "!!null" && tag != "!!bool" && json.Valid([]byte(node.Value)) {
			value = json.Number(node.Value) // as it is written
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		l.faultAt(from, p, "JSON has no such number: put it in quotes")
		return false
	}
	out.Write(text)
	return true
}

func (l *loader) writeObject(out *strings.Builder, node *yaml.Node, p path) bool {
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i]
		from := origin{file: l.file, line: name.Line}
		if problem := foreign(name); problem != "" || name.Kind != yaml.ScalarNode {
			l.faultAt(from, p, "a key must be a plain word")
			return false
		}
		if line, twice := first[name.Value]; twice {
			l.faultAt(from, p.child(name.Value), "given twice, first in line %d: remove one", line)
			return false
		}
		first[name.Value] = name.Line
		key, err := json.Marshal(name.Value)
		if err != nil {
			l.faultAt(from, p, "a key must be a plain word")
			return false
		}
		out.WriteString(separatorOf(i/2, "{"))
		out.Write(key)
		out.WriteByte(':')
		if !l.writeJSON(out, node.Content[i+1], p.child(name.Value)) {
			return false
		}
	}
	out.WriteString(separatorOf(len(node.Content), "{", "}"))
	return true
}

// separatorOf stands before the n-th value of a list or section that opens so; with
// what closes it, behind the last.
func separatorOf(n int, opens string, closes ...string) string {
	switch {
	case len(closes) > 0 && n == 0:
		return opens + closes[0]
	case len(closes) > 0:
		return closes[0]
	case n == 0:
		return opens
	default:
		return ","
	}
}
