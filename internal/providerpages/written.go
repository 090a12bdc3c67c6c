package providerpages

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// values shows one value or several.
func values(n *yaml.Node) string {
	var all []string
	for _, item := range items(n) {
		all = append(all, source(item))
	}
	return strings.Join(all, " or ")
}

// source shows a node as it is written, in one line.
func source(n *yaml.Node) string {
	written, err := yaml.Marshal(flow(n))
	if err != nil {
		return code(n.Value)
	}
	return code(strings.Join(strings.Fields(string(written)), " "))
}

// flow returns the node in flow style, without its comments.
func flow(n *yaml.Node) *yaml.Node {
	plain := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style &^ (yaml.LiteralStyle | yaml.FoldedStyle)}
	if n.Kind != yaml.ScalarNode {
		plain.Style = yaml.FlowStyle
	}
	for _, child := range n.Content {
		plain.Content = append(plain.Content, flow(child))
	}
	return plain
}

// code marks a text as code.
func code(text string) string {
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// codes joins texts as code.
func codes(texts []string) string {
	var all []string
	for _, text := range texts {
		all = append(all, code(text))
	}
	return strings.Join(all, ", ")
}
