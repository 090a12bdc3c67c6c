package providers

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// literal is a scalar written in a definition, which a value can equal.
type literal struct {
	kind valueKind // null, boolean, number or text
	flag bool
	text string
}

// literalOf reads a YAML scalar; ok is false for anything else.
func literalOf(n *yaml.Node) (l literal, ok bool) {
	if n.Kind != yaml.ScalarNode {
		return literal{}, false
	}
	switch n.Tag {
	case "!!null":
		return literal{kind: null}, true
	case "!!bool":
		var flag bool
		err := n.Decode(&flag)
		return literal{kind: boolean, flag: flag}, err == nil
	case "!!int", "!!float":
		return literal{kind: number, text: n.Value}, true
	default:
		return literal{kind: text, text: n.Value}, true
	}
}

// value returns what the literal is when it is used as a value itself.
func (l literal) value() value {
	return value{kind: l.kind, flag: l.flag, text: l.text}
}

// is reports whether the value is this literal. Numbers are equal if they are
// written alike.
func (l literal) is(v value) bool {
	return l.kind == v.kind && l.flag == v.flag && (l.kind == null || l.text == v.text)
}

// anyIs reports whether the value is one of the literals.
func anyIs(literals []literal, v value) bool {
	return slices.ContainsFunc(literals, func(l literal) bool { return l.is(v) })
}
