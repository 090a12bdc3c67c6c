package providers

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// segmentExpr is one of the parts of a text between separators: the id in
// "users/ID/consents". It is absent if there are not so many.
type segmentExpr struct {
	input     expr
	separator string
	number    int // from 1
}

func (x segmentExpr) eval(e *reading) value {
	v := x.input.eval(e)
	s, instead, ok := textOr(v, "segment")
	if !ok {
		return instead
	}
	for range x.number - 1 {
		if _, s, ok = strings.Cut(s, x.separator); !ok {
			return value{}
		}
	}
	s, _, _ = strings.Cut(s, x.separator)
	return value{kind: text, text: s, damaged: v.damaged}
}

// segment reads {path, separator, number}.
func (r *reader) segment(n *yaml.Node, what string, scope exprScope) expr {
	var x segmentExpr
	r.mapping(n, what, block{
		"path": func(n *yaml.Node) { x.input = r.expr(n, what, scope) },
		"separator": func(n *yaml.Node) {
			x.separator = r.formed(n, what+".separator", ".", func(separator string) string {
				if separator == "" {
					return "is empty; write what stands between the parts"
				}
				return ""
			})
		},
		"number": func(n *yaml.Node) { x.number = r.count(n, what+".number") },
	}, "path", "separator", "number")
	return x
}
