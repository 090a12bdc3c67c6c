package providers

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// stripExpr is a text without what stands before it: the id in "users/ID". It
// is absent if the prefix is not there.
type stripExpr struct {
	input  expr
	prefix string
}

func (x stripExpr) eval(e *reading) value {
	v := x.input.eval(e)
	s, instead, ok := textOr(v, "strip")
	if !ok {
		return instead
	}
	rest, ok := strings.CutPrefix(s, x.prefix)
	if !ok {
		return value{}
	}
	return value{kind: text, text: rest, damaged: v.damaged}
}

// textOr is the text that a block asks for, or what the block is without one.
func textOr(v value, block string) (s string, instead value, ok bool) {
	if v.kind == absent || v.kind == null || v.kind == invalid {
		return "", v, false
	}
	if s, ok = v.str(); !ok {
		return "", value{kind: invalid, text: block + " got " + v.word()}, false
	}
	return s, value{}, true
}

// strip reads {path, prefix}.
func (r *reader) strip(n *yaml.Node, what string, scope exprScope) expr {
	var x stripExpr
	r.mapping(n, what, block{
		"path": func(n *yaml.Node) { x.input = r.expr(n, what, scope) },
		"prefix": func(n *yaml.Node) {
			x.prefix = r.formed(n, what+".prefix", ".", func(prefix string) string {
				if prefix == "" {
					return "is empty; without a prefix write the path alone"
				}
				return ""
			})
		},
	}, "path", "prefix")
	return x
}

// notExpr is the opposite of a boolean.
type notExpr struct{ input expr }

func (x notExpr) eval(e *reading) value {
	switch v := x.input.eval(e); v.kind {
	case absent, null, invalid:
		return v
	case boolean:
		return value{kind: boolean, flag: !v.flag}
	default:
		return value{kind: invalid, text: "not got " + v.word()}
	}
}
