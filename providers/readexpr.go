package providers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// exprScope says what an expression may refer to: the definition's paths of
// user are relative to user.at, those of event start at the root.
type exprScope struct {
	relative bool
	// signed is the reader of `signed: timestamp`, nil where it means nothing.
	signed func() expr
	// received is that of `received: time`.
	received func() expr
}

// name is how the schema calls expressions of this scope.
func (s exprScope) name() string {
	switch {
	case s.relative:
		return "expression"
	case s.signed != nil:
		return "expression_time"
	default:
		return "expression_event"
	}
}

// expr reads a path, a list of alternatives, or a named block.
func (r *reader) expr(n *yaml.Node, what string, scope exprScope) (x expr) {
	r.define(n, scope.name(), what, func(n *yaml.Node, what string) {
		r.either(n, forms{
			scalar: func(n *yaml.Node) {
				p := r.path(n, what)
				if x = rootPath(p); scope.relative {
					x = pathExpr(p)
				}
			},
			list: func(n *yaml.Node) {
				var alternatives firstOf
				for _, item := range r.elementsOf(n, 1, what+": the list is empty") {
					alternatives = append(alternatives, r.expr(item, what, scope))
				}
				x = alternatives
			},
			mapping: func(n *yaml.Node) { x = r.namedBlock(n, what, scope) },
		})
	})
	return x
}

// namedBlock reads a mapping with exactly one block, and perhaps `when`.
func (r *reader) namedBlock(n *yaml.Node, what string, scope exprScope) expr {
	var found []expr
	var guard *condition
	separator := ""
	add := func(x expr) { found = append(found, x) }
	keys := block{
		"path": func(n *yaml.Node) { add(r.expr(n, what, scope)) },
		"concat": func(n *yaml.Node) {
			var inputs []expr
			for _, item := range r.items(n) {
				inputs = append(inputs, r.expr(item, what, scope))
			}
			add(concatExpr{inputs: inputs})
		},
		"separator":   func(n *yaml.Node) { separator = r.text(n, what) },
		"equals":      func(n *yaml.Node) { add(r.comparison(n, what+".equals", "value", scope)) },
		"in":          func(n *yaml.Node) { add(r.comparison(n, what+".in", "values", scope)) },
		"const":       func(n *yaml.Node) { add(constExpr(r.literal(n, what+".const"))) },
		"time":        func(n *yaml.Node) { add(r.timeBlock(n, what+".time", scope)) },
		"first_where": func(n *yaml.Node) { add(r.firstWhere(n, what+".first_where", scope)) },
		"strip":       func(n *yaml.Node) { add(r.strip(n, what+".strip", scope)) },
		"segment":     func(n *yaml.Node) { add(r.segment(n, what+".segment", scope)) },
		"not":         func(n *yaml.Node) { add(notExpr{r.expr(n, what+".not", scope)}) },
		"when":        func(n *yaml.Node) { c := r.condition(n, what+".when", scope); guard = &c },
	}
	if scope.relative {
		keys["event"] = func(n *yaml.Node) { r.oneOf(n, what+".event", "time"); add(eventTime{}) }
	}
	if scope.signed != nil {
		keys["signed"] = func(n *yaml.Node) { r.oneOf(n, what+".signed", "timestamp"); add(scope.signed()) }
		keys["received"] = func(n *yaml.Node) { r.oneOf(n, what+".received", "time"); add(scope.received()) }
	}
	faults := len(r.faults)
	r.mapping(n, what, keys)
	if len(r.faults) == faults {
		r.exactlyOne(n, fmt.Sprintf("%s: expected one of path, concat, equals, in, const, time and so on, found %d", what, len(found)), "when", "separator")
	}
	if len(found) != 1 {
		return firstOf{}
	}
	x := found[0]
	if joined, ok := x.(concatExpr); ok {
		joined.separator = separator
		x = joined
	} else if separator != "" {
		r.fault(n, "%s: separator belongs to concat", what)
	}
	if guard != nil {
		x = whenExpr{*guard, x}
	}
	return x
}

// comparison reads {path, value} and {path, values}.
func (r *reader) comparison(n *yaml.Node, what, key string, scope exprScope) expr {
	var x inExpr
	r.mapping(n, what, block{
		"path": func(n *yaml.Node) { x.input = r.expr(n, what, scope) },
		key:    func(n *yaml.Node) { x.values = r.literals(n, what) },
	}, "path", key)
	return x
}

// timeBlock reads {path, unit}.
func (r *reader) timeBlock(n *yaml.Node, what string, scope exprScope) expr {
	x := timeExpr{format: formatRFC3339}
	r.mapping(n, what, block{
		"path": func(n *yaml.Node) { x.input = r.expr(n, what, scope) },
		"unit": func(n *yaml.Node) {
			x.format = timeFormat(r.oneOf(n, what+".unit", string(formatRFC3339), string(formatSeconds), string(formatMillis), string(formatAuto)))
		},
	}, "path")
	return x
}

// condition reads `when`: kind, type and fields, all of which must fit.
func (r *reader) condition(n *yaml.Node, what string, scope exprScope) condition {
	return r.conditionOf(n, what, scope, "kind", "type", "fields")
}

// conditionOf reads a condition of some of them: of an event whose kind is not
// known yet only the fields can be asked.
func (r *reader) conditionOf(n *yaml.Node, what string, scope exprScope, words ...string) condition {
	var c condition
	all := block{
		"kind": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				c.kinds = append(c.kinds, r.kind(item, what+".kind"))
			}
		},
		"type": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				c.types = append(c.types, r.pattern(item, what+".type"))
			}
		},
		"fields": func(n *yaml.Node) {
			r.entries(n, what+".fields", func(key, values *yaml.Node) {
				c.fields = append(c.fields, fieldCondition{r.expr(key, what+".fields", scope), r.literals(values, what+".fields")})
			})
		},
	}
	maps.DeleteFunc(all, func(word string, _ func(*yaml.Node)) bool { return !slices.Contains(words, word) })
	r.mapping(n, what, all)
	r.notEmpty(n, what+": names no "+strings.Join(words, " or "))
	return c
}

// kind reads the name of a kind.
func (r *reader) kind(n *yaml.Node, what string) usersync.Kind {
	k, _ := usersync.ParseKind(r.chosen(n, what, kindWords(), func(name string) string {
		return fmt.Sprintf("%q is no kind%s; the kinds are %s", name, didYouMean(name, kindWords()), kindNames())
	}))
	return k
}

// pattern reads an event name that may end in *.
func (r *reader) pattern(n *yaml.Node, what string) pattern {
	return pattern(r.formed(n, what, `^([^*]+\*?|\*)$`, func(name string) string { return pattern(name).check() }))
}

// kindWords are the names of the kinds.
func kindWords() []string {
	var names []string
	for k := usersync.KindCreated; k <= usersync.KindUnbanned; k++ {
		names = append(names, k.String())
	}
	return names
}

// kindNames lists the kinds for an error.
func kindNames() string { return strings.Join(kindWords(), ", ") }
