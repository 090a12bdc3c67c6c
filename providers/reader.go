package providers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader reads a definition strictly: unknown keys, doubled keys and wrong
// forms are faults. It goes on after a fault, so that all of them are
// reported at once, each with file and line.
type reader struct {
	file   string
	faults []error
	later  []func() // checks that need the whole file
}

// fault notes what is wrong at a node.
func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	line := 1
	if n != nil && n.Line > 0 {
		line = n.Line
	}
	r.faults = append(r.faults, fmt.Errorf("%s:%d: %s", r.file, line, fmt.Sprintf(format, args...)))
}

func (r *reader) err() error { return errors.Join(r.faults...) }

// root parses the file; nil after a fault.
func (r *reader) root(data []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		r.faults = append(r.faults, fmt.Errorf("%s: %w", r.file, err))
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		r.fault(nil, "the file is empty")
		return nil
	}
	return doc.Content[0]
}

// block reads a mapping by handing each value to the reader of its key.
type block map[string]func(*yaml.Node)

// mapping reads a block; required keys that are not there are a fault.
func (r *reader) mapping(n *yaml.Node, what string, keys block, required ...string) {
	seen := map[string]bool{}
	r.entries(n, what, func(key, value *yaml.Node) {
		seen[key.Value] = true
		read, known := keys[key.Value]
		if !known {
			r.fault(key, "%s: unknown key %q; the keys are %s", what, key.Value, strings.Join(slices.Sorted(maps.Keys(keys)), ", "))
			return
		}
		read(value)
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, key := range required {
		if !seen[key] {
			r.fault(n, "%s: the key %q is missing", what, key)
		}
	}
}

// entries calls read for each pair of a mapping, in the order of the file.
func (r *reader) entries(n *yaml.Node, what string, read func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, "%s: expected a mapping (key: value)", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			r.fault(key, "%s: a key must be a plain text", what)
		case seen[key.Value]:
			r.fault(key, "%s: the key %q stands twice", what, key.Value)
		default:
			seen[key.Value] = true
			read(key, n.Content[i+1])
		}
	}
}

// text reads a text; numbers and booleans must be quoted to be one.
func (r *reader) text(n *yaml.Node, what string) string {
	return r.checked(n, what, func(string) string { return "" })
}

// checked reads a text and notes what check finds wrong with it.
func (r *reader) checked(n *yaml.Node, what string, check func(string) string) string {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		r.fault(n, "%s: expected a text", what)
		return ""
	}
	if wrong := check(n.Value); wrong != "" {
		r.fault(n, "%s: %s", what, wrong)
	}
	return n.Value
}

// oneOf reads a text that must be one of several words.
func (r *reader) oneOf(n *yaml.Node, what string, words ...string) string {
	return r.checked(n, what, func(word string) string {
		if slices.Contains(words, word) {
			return ""
		}
		return fmt.Sprintf("%q is none of %s", word, strings.Join(words, ", "))
	})
}

// flag reads a boolean.
func (r *reader) flag(n *yaml.Node, what string) (flag bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&flag) != nil {
		r.fault(n, "%s: expected true or false", what)
	}
	return flag
}

// items returns the elements of a list; anything else counts as a list of one.
func (r *reader) items(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// texts reads a text or a list of texts.
func (r *reader) texts(n *yaml.Node, what string) []string {
	var list []string
	for _, item := range r.items(n) {
		list = append(list, r.text(item, what))
	}
	if len(list) == 0 {
		r.fault(n, "%s: the list is empty", what)
	}
	return list
}

// literals reads a scalar or a list of scalars.
func (r *reader) literals(n *yaml.Node, what string) []literal {
	var list []literal
	for _, item := range r.items(n) {
		l, ok := literalOf(item)
		if !ok {
			r.fault(item, "%s: expected a text, number, boolean or null", what)
		}
		list = append(list, l)
	}
	if len(list) == 0 {
		r.fault(n, "%s: the list is empty", what)
	}
	return list
}

// path reads a gjson path.
func (r *reader) path(n *yaml.Node, what string) path {
	return newPath(r.checked(n, what, func(path string) string {
		if err := checkPath(path); err != nil {
			return err.Error()
		}
		return ""
	}))
}

// paths reads a path or a list of them.
func (r *reader) paths(n *yaml.Node, what string) []path {
	var list []path
	for _, item := range r.items(n) {
		list = append(list, r.path(item, what))
	}
	if len(list) == 0 {
		r.fault(n, "%s: the list is empty", what)
	}
	return list
}
