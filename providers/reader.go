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
	// unknown are keys that are told as faults, which say nothing else.
	unknown []*yaml.Node
	later   []func() // checks that need the whole file

	files   map[*yaml.Node]string // of nodes that stand in another file
	extends string                // the type that is extended
	sampled bool                  // there must be samples

	// schema is set while the reader does not read, but describes what it
	// would: what it is given are probes then, and no faults are noted. Readers
	// need not know, as long as they look at nodes through the functions here.
	schema *describer
}

// fault notes what is wrong at a node.
func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	if r.schema != nil {
		return
	}
	line := 1
	if n != nil && n.Line > 0 {
		line = n.Line
	}
	r.faults = append(r.faults, DefinitionFault{r.fileOf(n), line, fmt.Sprintf(format, args...)})
}

func (r *reader) err() error { return errors.Join(r.faults...) }

// root parses the file; nil after a fault.
func (r *reader) root(data []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		r.faults = append(r.faults, syntaxFault(r.file, err))
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		r.fault(nil, "the file is empty")
		return nil
	}
	return doc.Content[0]
}

// syntaxFault is an error of the YAML parser, which has no type: its text is all
// that there is. Some of its lines are one too small.
func syntaxFault(file string, err error) DefinitionFault {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(message, "line %d: ", &line); n == 1 {
		_, message, _ = strings.Cut(message, ": ")
	}
	where := "here or in the next line"
	if strings.HasPrefix(message, "did not find expected key") || strings.HasPrefix(message, "did not find expected '-'") {
		where = "in the block that begins here (is a line of it indented otherwise than its neighbours?)"
	}
	return DefinitionFault{file, line, "not valid YAML " + where + ": " + message}
}

// block reads a mapping by handing each value to the reader of its key.
type block map[string]func(*yaml.Node)

// mapping reads a block; required keys that are not there are a fault.
func (r *reader) mapping(n *yaml.Node, what string, keys block, required ...string) {
	if r.schema != nil {
		r.schema.mapping(n, what, keys, required)
		return
	}
	seen := map[string]bool{}
	r.entries(n, what, func(key, value *yaml.Node) {
		seen[key.Value] = true
		read, known := keys[key.Value]
		if !known {
			known := slices.Sorted(maps.Keys(keys))
			r.unknown = append(r.unknown, key)
			r.fault(key, "%s: unknown key %q%s; the keys are %s", what, key.Value, didYouMean(key.Value, known), strings.Join(known, ", "))
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
	if r.schema != nil {
		r.schema.entries(n, what, read)
		return
	}
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
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": "string"})
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		r.fault(n, "%s: expected a text%s", what, insteadOf(n))
		return ""
	}
	if wrong := check(n.Value); wrong != "" {
		r.fault(n, "%s: %s", what, wrong)
	}
	return n.Value
}

// insteadOf says what stands where a text is expected, if that is told easily.
func insteadOf(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return ", and there is nothing: fill it in, indent what belongs to it, or remove the key"
	}
	return ""
}

// oneOf reads a text that must be one of several words.
func (r *reader) oneOf(n *yaml.Node, what string, words ...string) string {
	return r.chosen(n, what, words, func(word string) string {
		return fmt.Sprintf("%q is none of %s", word, strings.Join(words, ", "))
	})
}

// chosen is oneOf with words of its own for what is none of them.
// Checks find fault with the words themselves.
func (r *reader) chosen(n *yaml.Node, what string, words []string, wrong func(word string) string, checks ...func(word string) string) string {
	if r.schema != nil {
		r.schema.accept(n, keywords{"enum": words})
		return ""
	}
	return r.checked(n, what, func(word string) string {
		if !slices.Contains(words, word) {
			return wrong(word)
		}
		for _, check := range checks {
			if wrong := check(word); wrong != "" {
				return wrong
			}
		}
		return ""
	})
}

// formed reads a text that check finds right only if it has the form of a
// regular expression, which is for the schema.
func (r *reader) formed(n *yaml.Node, what, form string, check func(string) string) string {
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": "string", "pattern": form})
		return ""
	}
	return r.checked(n, what, check)
}

// flag reads a boolean.
func (r *reader) flag(n *yaml.Node, what string) (flag bool) {
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": "boolean"})
		return false
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&flag) != nil {
		r.fault(n, "%s: expected true or false", what)
	}
	return flag
}

// oneFlag reads a flag that says something only if it is true.
func (r *reader) oneFlag(n *yaml.Node, what string) {
	if r.schema != nil {
		r.schema.accept(n, keywords{"const": true})
		return
	}
	faults := len(r.faults)
	if !r.flag(n, what) && len(r.faults) == faults {
		r.fault(n, "%s: expected true", what)
	}
}

// word reads a text that is not empty.
func (r *reader) word(n *yaml.Node, what string) string {
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": "string", "minLength": 1})
		return ""
	}
	return r.checked(n, what, func(s string) string {
		if s == "" {
			return "it is empty"
		}
		return ""
	})
}

// count reads a whole number above 0.
func (r *reader) count(n *yaml.Node, what string) (count int) {
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": "integer", "minimum": 1})
		return 0
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || n.Decode(&count) != nil || count < 1 {
		r.fault(n, "%s: expected a whole number above 0", what)
	}
	return count
}

// zeroOrOne reads 0 or 1.
func (r *reader) zeroOrOne(n *yaml.Node, what string) (number int) {
	if r.schema != nil {
		r.schema.accept(n, keywords{"enum": []int{0, 1}})
		return 0
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || n.Decode(&number) != nil || number < 0 || number > 1 {
		r.fault(n, "%s: expected 0 or 1", what)
	}
	return number
}

// literal reads a scalar.
func (r *reader) literal(n *yaml.Node, what string) literal {
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": []string{"string", "number", "boolean", "null"}})
		return literal{}
	}
	l, ok := literalOf(n)
	if !ok {
		r.fault(n, "%s: expected a text, number, boolean or null", what)
	}
	return l
}

// path reads a gjson path.
func (r *reader) path(n *yaml.Node, what string) path {
	if r.schema != nil {
		return newPath(r.word(n, what))
	}
	return newPath(r.checked(n, what, func(path string) string {
		if err := checkPath(path); err != nil {
			return err.Error()
		}
		return ""
	}))
}
