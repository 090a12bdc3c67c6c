package providers

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// constantJSON writes what stands in a definition as JSON, the members in the
// order of the file.
func (r *reader) constantJSON(n *yaml.Node, what string) (written string) {
	r.define(n, "json", what, func(n *yaml.Node, what string) {
		r.either(n, forms{
			scalar: func(n *yaml.Node) { written = r.jsonLiteral(n, what) },
			mapping: func(n *yaml.Node) {
				var members []string
				r.entries(n, what, func(key, value *yaml.Node) {
					members = append(members, string(appendString(nil, key.Value))+":"+r.constantJSON(value, what+"."+key.Value))
				})
				written = "{" + strings.Join(members, ",") + "}"
			},
			list: func(n *yaml.Node) {
				var elements []string
				for _, item := range r.elements(n) {
					elements = append(elements, r.constantJSON(item, what))
				}
				written = "[" + strings.Join(elements, ",") + "]"
			},
		})
	})
	return written
}
