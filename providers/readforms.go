package providers

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// forms are the readers of what may be written in several ways. One that is
// nil is none of them; flag is for true and false, where they are no text.
type forms struct {
	flag, scalar, list, mapping func(n *yaml.Node)
}

// either reads a node by its form: for readers that would look at n.Kind. What
// fits none is read, and found wrong, by the first that there is.
func (r *reader) either(n *yaml.Node, f forms) {
	readers := []func(*yaml.Node){f.scalar, f.mapping, f.list, f.flag}
	readers = slices.DeleteFunc(readers, func(read func(*yaml.Node)) bool { return read == nil })
	switch {
	case r.schema != nil:
		for _, read := range readers {
			read(n)
		}
	case n.Kind == yaml.MappingNode && f.mapping != nil:
		f.mapping(n)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!bool" && f.flag != nil:
		f.flag(n)
	case n.Kind == yaml.SequenceNode && f.list != nil:
		f.list(n)
	default:
		readers[0](n)
	}
}

// define reads what stands in several places, or in itself. The schema
// describes it once, under its name; what is how faults call it. What reads
// itself must do so through define.
func (r *reader) define(n *yaml.Node, name, what string, read func(n *yaml.Node, what string)) {
	if r.schema != nil {
		r.schema.define(n, name, read)
		return
	}
	read(n, what)
}

// exactlyOne says what is wrong with a block that was read and has not one key,
// beside some that do not count.
func (r *reader) exactlyOne(n *yaml.Node, wrong string, beside ...string) {
	if r.schema != nil {
		r.schema.exactlyOne(n, beside)
		return
	}
	if n.Kind != yaml.MappingNode {
		return // that is told already
	}
	found, misspelt := 0, false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if slices.Contains(r.unknown, key) {
			misspelt = true // that is told already, too
			continue
		}
		if slices.Contains(beside, key.Value) {
			continue
		}
		if found++; r.fileOf(key) != r.fileOf(n) {
			wrong += fmt.Sprintf("; %s is taken over from %s: remove it with %s: null", key.Value, r.fileOf(key), key.Value)
		}
	}
	if found > 1 || found == 0 && !misspelt {
		r.fault(n, "%s", wrong)
	}
}

// notEmpty says what is wrong with a mapping that was read and holds nothing.
func (r *reader) notEmpty(n *yaml.Node, wrong string) {
	if r.schema != nil {
		r.schema.blocks(n, func(way keywords) { way["minProperties"] = 1 })
		return
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.fault(n, "%s", wrong)
	}
}

// elements returns the elements of a list, and only of a list.
func (r *reader) elements(n *yaml.Node) []*yaml.Node {
	if r.schema != nil {
		return []*yaml.Node{r.schema.elements(n, 0)}
	}
	return n.Content
}

// elementsOf is elements of a list that has at least so many; wrong says what is
// wrong with anything else.
func (r *reader) elementsOf(n *yaml.Node, least int, wrong string) []*yaml.Node {
	if r.schema != nil {
		return []*yaml.Node{r.schema.elements(n, least)}
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) < least {
		r.fault(n, "%s", wrong)
		return nil
	}
	return n.Content
}

// items returns the elements of a list; anything else counts as a list of one.
func (r *reader) items(n *yaml.Node) []*yaml.Node {
	if r.schema != nil {
		return r.schema.items(n, 0)
	}
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// some returns the items, of which there must be one.
func (r *reader) some(n *yaml.Node, what string) []*yaml.Node {
	if r.schema != nil {
		return r.schema.items(n, 1)
	}
	items := r.items(n)
	if len(items) == 0 {
		r.fault(n, "%s: the list is empty", what)
	}
	return items
}

// listOf reads one value or a list of them, which is not empty.
func listOf[T any](r *reader, n *yaml.Node, what string, read func(*yaml.Node, string) T) []T {
	var list []T
	for _, item := range r.some(n, what) {
		list = append(list, read(item, what))
	}
	return list
}

// texts reads a text or a list of texts.
func (r *reader) texts(n *yaml.Node, what string) []string { return listOf(r, n, what, r.text) }

// words reads a text or a list of texts, of which none is empty.
func (r *reader) words(n *yaml.Node, what string) []string { return listOf(r, n, what, r.word) }

// literals reads a scalar or a list of scalars.
func (r *reader) literals(n *yaml.Node, what string) []literal {
	return listOf(r, n, what, r.literal)
}

// paths reads a path or a list of them.
func (r *reader) paths(n *yaml.Node, what string) []path { return listOf(r, n, what, r.path) }
