package providers

import "go.yaml.in/yaml/v3"

// firstWhere is a member of the first element of an array that fits: the
// address whose id the user names as the primary one. It is absent if no
// element fits.
type firstWhere struct {
	relative bool // the array stands in the user's part, else in the event
	list     path
	where    []elementCondition
	take     path
}

// elementCondition holds for an element that has one of the literals at a path,
// or what an expression finds elsewhere. Absent and null name no element, and
// neither does a text whose lone surrogates were replaced: two would be one.
type elementCondition struct {
	at     path
	values []literal
	same   expr
}

func (x firstWhere) eval(e *reading) (found value) {
	from := root
	if x.relative {
		from = e.user
	}
	list := e.doc.find(from, x.list)
	if list == nowhere || !e.doc.isArray(list) {
		return value{}
	}
	var room [4]value
	wanted := room[:0]
	for _, c := range x.where {
		var same value
		if c.same != nil {
			if same = c.same.eval(e); same.kind == absent || same.kind == null {
				return value{}
			}
		}
		wanted = append(wanted, same)
	}
	elementsOf(e.doc.values[list].raw, func(raw string) bool {
		element := e.doc.add(raw)
		for i, c := range x.where {
			if v := e.doc.lookup(element, c.at); v.damaged || c.same != nil && v != wanted[i] || c.same == nil && !anyIs(c.values, v) {
				return true
			}
		}
		found = e.doc.lookup(element, x.take)
		return false
	})
	return found
}

// firstWhere reads {list, where, take}.
func (r *reader) firstWhere(n *yaml.Node, what string, scope exprScope) expr {
	x := firstWhere{relative: scope.relative}
	r.mapping(n, what, block{
		"list": func(n *yaml.Node) { x.list = r.path(n, what+".list") },
		"take": func(n *yaml.Node) { x.take = r.path(n, what+".take") },
		"where": func(n *yaml.Node) {
			r.entries(n, what+".where", func(key, wanted *yaml.Node) {
				c := elementCondition{at: r.path(key, what+".where")}
				listed := func(n *yaml.Node) { c.values = r.literals(n, what+".where."+key.Value) }
				r.either(wanted, forms{
					scalar:  listed,
					list:    listed,
					mapping: func(n *yaml.Node) { c.same = r.expr(n, what+".where."+key.Value, scope) },
				})
				x.where = append(x.where, c)
			})
			r.notEmpty(n, what+".where: names no member; for the first element write its path, LIST.0")
		},
	}, "list", "where", "take")
	return x
}
