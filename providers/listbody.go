package providers

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// listBody reads list.body: constant JSON, whose members in objects may be
// written with dots.
func (r *reader) listBody(n *yaml.Node) (t bodyTemplate) {
	r.entries(n, "list.body", func(key, value *yaml.Node) {
		what := "list.body." + key.Value
		names := strings.Split(key.Value, ".")
		if slices.Contains(names, "") {
			r.fault(key, "list.body: %q has an empty name", key.Value)
		}
		if !t.put(names, bodyConst{raw: r.json(value, what)}) {
			r.fault(key, "list.body: %q is an object and a value", key.Value)
		}
	})
	return t
}

// json reads any value as JSON.
func (r *reader) json(n *yaml.Node, what string) string {
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": []string{"string", "number", "boolean", "null", "array", "object"}})
		return ""
	}
	switch n.Kind {
	case yaml.SequenceNode:
		var items []string
		for _, item := range n.Content {
			items = append(items, r.json(item, what))
		}
		return "[" + strings.Join(items, ",") + "]"
	case yaml.MappingNode:
		var members []string
		r.entries(n, what, func(key, value *yaml.Node) {
			members = append(members, string(appendString(nil, key.Value))+":"+r.json(value, what+"."+key.Value))
		})
		return "{" + strings.Join(members, ",") + "}"
	default:
		return r.jsonLiteral(n, what)
	}
}

// checkListBody finds parameters that would stand in the body twice.
func (r *reader) checkListBody(n *yaml.Node, l *listPart) {
	if !l.posts {
		if l.body != nil {
			r.fault(n, "list.body: a GET has none; set list.method to POST")
		}
		return
	}
	names := []string{l.sizeParam}
	if l.since != nil {
		names = append(names, l.since.name)
	}
	if l.paging != nil {
		names = append(names, l.paging.names()...)
	}
	body := l.body.clone()
	for _, name := range names {
		if name != "" && (strings.Contains("."+name+".", "..") || !body.put(strings.Split(name, "."), bodyConst{raw: "0"})) {
			r.fault(n, "list: the parameter %q cannot stand in the body: it is there already, or has an empty name", cut(name))
		}
	}
}

// clone copies a body that is added to.
func (t bodyTemplate) clone() bodyTemplate {
	t = slices.Clone(t)
	for i := range t {
		t[i].members = t[i].members.clone()
	}
	return t
}

// constant writes a body that has nothing but constants, all of them.
func (t bodyTemplate) constant() string {
	var members []string
	for _, m := range t {
		var raw string
		if m.from == nil {
			raw = m.members.constant()
		} else {
			raw, _ = m.from.json(nil)
		}
		members = append(members, string(appendString(nil, m.name))+":"+raw)
	}
	return "{" + strings.Join(members, ",") + "}"
}
