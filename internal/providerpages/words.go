package providerpages

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// words says where an expression takes its value from.
func words(n *yaml.Node) string {
	switch n.Kind {
	case yaml.ScalarNode:
		return code(n.Value)
	case yaml.SequenceNode:
		var alternatives []string
		for _, item := range n.Content {
			alternatives = append(alternatives, words(item))
		}
		return strings.Join(alternatives, ", else ")
	}
	when := member(n, "when")
	text, ok := blockWords(n)
	switch {
	case !ok:
		return source(n)
	case when != nil:
		return text + " if " + conditionWords(when)
	default:
		return text
	}
}

// blockWords says what a block makes of its input; ok is false if there are no
// words for it.
func blockWords(n *yaml.Node) (text string, ok bool) {
	for _, p := range pairs(n) {
		switch p.key {
		case "path", "time":
			return words(inner(p.value)), true
		case "concat":
			var parts []string
			for _, item := range items(p.value) {
				parts = append(parts, words(item))
			}
			return strings.Join(parts, " + "), true
		case "not":
			return "the contrary of " + words(inner(p.value)), true
		case "const":
			return "the constant " + source(p.value), true
		case "event":
			return "the " + p.value.Value + " of the event", true
		case "first_where":
			list, take := member(p.value, "list"), member(p.value, "take")
			if where := member(p.value, "where"); list != nil && take != nil && where != nil {
				return words(take) + " of the first in " + words(list) + " of which " + whereWords(where), true
			}
		case "strip":
			if prefix := member(p.value, "prefix"); prefix != nil {
				return words(inner(p.value)) + " without " + code(prefix.Value), true
			}
		case "equals":
			if value := member(p.value, "value"); value != nil {
				return "whether " + words(inner(p.value)) + " is " + source(value), true
			}
		case "in":
			if list := member(p.value, "values"); list != nil {
				return "whether " + words(inner(p.value)) + " is " + values(list), true
			}
		}
	}
	return "", false
}

// whereWords says which element of a list is meant.
func whereWords(n *yaml.Node) string {
	var all []string
	for _, p := range pairs(n) {
		is := values(p.value)
		if p.value.Kind == yaml.MappingNode {
			is = words(p.value)
		}
		all = append(all, code(p.key)+" is "+is)
	}
	return strings.Join(all, " and ")
}

// inner is what a block looks at: its path, or itself if it has none.
func inner(n *yaml.Node) *yaml.Node {
	if path := member(n, "path"); path != nil {
		return path
	}
	return n
}

// conditionWords says when a condition holds.
func conditionWords(n *yaml.Node) string {
	var all []string
	for _, p := range pairs(n) {
		switch p.key {
		case "kind":
			all = append(all, "the kind is "+values(p.value))
		case "type":
			all = append(all, "the type is "+values(p.value))
		case "fields":
			for _, field := range pairs(p.value) {
				all = append(all, code(field.key)+" is "+values(field.value))
			}
		default:
			all = append(all, code(p.key)+" is "+source(p.value))
		}
	}
	return strings.Join(all, " and ")
}
