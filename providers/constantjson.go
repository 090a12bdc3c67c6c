package providers

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// constantJSON writes what stands in a definition as JSON, the members in the
// order of the file.
func (r *reader) constantJSON(n *yaml.Node, what string) string {
	switch n.Kind {
	case yaml.MappingNode:
		var members []string
		r.entries(n, what, func(key, value *yaml.Node) {
			members = append(members, string(appendString(nil, key.Value))+":"+r.constantJSON(value, what+"."+key.Value))
		})
		return "{" + strings.Join(members, ",") + "}"
	case yaml.SequenceNode:
		var elements []string
		for _, item := range n.Content {
			elements = append(elements, r.constantJSON(item, what))
		}
		return "[" + strings.Join(elements, ",") + "]"
	default:
		return r.jsonLiteral(n, what)
	}
}
