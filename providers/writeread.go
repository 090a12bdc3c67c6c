package providers

import (
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// write reads the part `write`. What is written is answered as fetch answers,
// so there must be one.
func (r *reader) write(n *yaml.Node, d *definition, c *calls) *writePart {
	p := &writePart{}
	call := func(what, method string, to **writeCall) func(*yaml.Node) {
		return func(n *yaml.Node) { *to = r.writeCall(n, "write."+what, method, d, writtenNames()) }
	}
	r.mapping(n, "write", block{
		"none":   func(n *yaml.Node) { p.none = r.word(n, "write.none") },
		"create": call("create", http.MethodPost, &p.create),
		"update": call("update", http.MethodPatch, &p.update),
		"ban":    call("ban", http.MethodPost, &p.ban),
		"unban":  call("unban", http.MethodPost, &p.unban),
		"find": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				p.find = append(p.find, r.find(item, d, c))
			}
		},
		"why": func(n *yaml.Node) { p.why = r.paths(n, "write.why") },
	})
	r.later = append(r.later, func() {
		calls := []*writeCall{p.create, p.update, p.ban, p.unban}
		some := slices.ContainsFunc(calls, func(c *writeCall) bool { return c != nil }) || p.find != nil
		switch {
		case p.none != "" && (some || p.why != nil):
			r.fault(n, "write: beside none there is nothing")
		case p.none != "":
		case p.create == nil || p.update == nil:
			r.fault(n, "write: expected create and update, or none with the reason")
		case (p.ban == nil) != (p.unban == nil):
			r.fault(n, "write: ban and unban come together")
		case c.fetch == nil || c.fetch.sql != nil:
			r.fault(n, "write: there is no fetch with a path, which says how a user is answered")
		}
		for i, c := range calls[1:] {
			if c != nil && !slices.Contains(c.call.names(), idPlaceholder) {
				r.fault(n, "write.%s: expected {%s} in path or query", []string{"update", "ban", "unban"}[i], idPlaceholder)
			}
		}
		if p.create != nil && slices.ContainsFunc(p.create.call.names(), isUserName) {
			r.fault(n, "write.create: the user has no place in path and query")
		}
	})
	return p
}

// writeCall reads one request that changes something. names are what its body
// can be made of.
func (r *reader) writeCall(n *yaml.Node, what, method string, d *definition, names []string) *writeCall {
	c := &writeCall{method: method}
	r.define(n, "call_"+names[0], what, func(n *yaml.Node, what string) { r.callBlock(n, what, c, d, names) })
	return c
}

func (r *reader) callBlock(n *yaml.Node, what string, c *writeCall, d *definition, names []string) {
	declared := func(name string) bool { return name == idPlaceholder || d.declares(name) }
	r.mapping(n, what, block{
		"method": func(n *yaml.Node) {
			c.method = r.oneOf(n, what+".method", http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete)
		},
		"path":  func(n *yaml.Node) { c.call.path = r.pathTemplate(n, what+".path", declared) },
		"query": func(n *yaml.Node) { c.call.query = r.query(n, what+".query", declared) },
		"body": func(n *yaml.Node) {
			c.body = r.body(n, what+".body", names)
			for _, name := range c.body.params() {
				if r.schema == nil && !d.declares(name) {
					r.fault(n, "%s.body: {param: %s} is not declared in api.params", what, name)
				}
			}
		},
		"idempotency": func(n *yaml.Node) {
			c.idempotency = r.formed(n, what+".idempotency", headerForm, func(name string) string {
				if validHeader(name) {
					return ""
				}
				return "it is no header name"
			})
		},
	}, "path")
}

// find reads one way to look a user up.
func (r *reader) find(n *yaml.Node, d *definition, c *calls) (f findPart) {
	declared := func(name string) bool {
		return name == externalIDName || name == emailName || d.declares(name)
	}
	r.mapping(n, "write.find", block{
		"path": func(n *yaml.Node) { f.call.path = r.pathTemplate(n, "write.find.path", declared) },
		"list": func(n *yaml.Node) { f.list = r.query(n, "write.find.list", declared) },
	})
	names := f.call.names()
	for _, q := range f.list {
		names = append(names, q.value.names()...)
	}
	byID, byEmail := slices.Contains(names, externalIDName), slices.Contains(names, emailName)
	if f.by = externalIDName; byEmail {
		f.by = emailName
	}
	if (f.call.path == "") == (f.list == nil) || byID == byEmail {
		r.fault(n, "write.find: expected path or list, with either {%s} or {%s}", externalIDName, emailName)
	}
	r.later = append(r.later, func() {
		if f.list != nil && (c.list == nil || c.list.sql != nil || c.list.detail) {
			r.fault(n, "write.find.list: there is no list with a path that shows its users")
		}
	})
	return f
}

// writtenNames are the values that a user is made of.
func writtenNames() []string {
	return append([]string{externalIDName}, columnWords()...)
}

// body reads a JSON object: its members by name, those of objects in it with
// dots, and what each is made of.
func (r *reader) body(n *yaml.Node, what string, known []string) (t bodyTemplate) {
	r.entries(n, what, func(key, value *yaml.Node) {
		names := strings.Split(key.Value, ".")
		if slices.Contains(names, "") {
			r.fault(key, "%s: %q has an empty name", what, key.Value)
		}
		if !t.put(names, r.bodySource(value, what+"."+key.Value, known)) {
			r.fault(key, "%s: %q is an object and a value", what, key.Value)
		}
	})
	return t
}

// put adds a value; ok is false if one stands where its object should be.
func (t *bodyTemplate) put(names []string, from bodySource) (ok bool) {
	at := slices.IndexFunc(*t, func(m bodyMember) bool { return m.name == names[0] })
	if at >= 0 {
		m := &(*t)[at]
		return m.from == nil && len(names) > 1 && m.members.put(names[1:], from)
	}
	m := bodyMember{name: names[0]}
	if len(names) == 1 {
		m.from = from
	} else {
		m.members.put(names[1:], from)
	}
	*t = append(*t, m)
	return true
}

// bodySource reads what a member is made of: a name, or a block.
func (r *reader) bodySource(n *yaml.Node, what string, known []string) bodySource {
	var from bodySource
	r.define(n, "member_"+known[0], what, func(n *yaml.Node, what string) {
		r.either(n, forms{
			scalar:  func(n *yaml.Node) { from = bodyValue(r.oneOf(n, what, known...)) },
			mapping: func(n *yaml.Node) { from = r.bodyBlock(n, what, known) },
		})
	})
	return from
}

// bodyBlock reads one of the blocks.
func (r *reader) bodyBlock(n *yaml.Node, what string, known []string) bodySource {
	var constant bodyConst
	var split bodySplit
	var access bodyAccess
	var list bodySource
	param := ""
	faults := len(r.faults)
	r.mapping(n, what, block{
		"const": func(n *yaml.Node) { constant.raw = r.jsonLiteral(n, what+".const") },
		"with":  func(n *yaml.Node) { constant.with = r.oneOf(n, what+".with", known...) },
		"split": func(n *yaml.Node) { split.name = r.oneOf(n, what+".split", known...) },
		"take":  func(n *yaml.Node) { split.rest = r.oneOf(n, what+".take", "first", "rest") == "rest" },
		"access": func(n *yaml.Node) {
			r.mapping(n, what+".access", block{
				"banned":   func(n *yaml.Node) { access.banned = r.jsonLiteral(n, what+".access.banned") },
				"unbanned": func(n *yaml.Node) { access.unbanned = r.jsonLiteral(n, what+".access.unbanned") },
			}, "banned", "unbanned")
		},
		"list":  func(n *yaml.Node) { list = r.bodyItems(n, what+".list", known) },
		"param": func(n *yaml.Node) { param = r.word(n, what+".param") },
	})
	keys := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		keys[n.Content[i].Value] = true
	}
	switch {
	case keys["const"] && !keys["split"] && !keys["take"] && !keys["access"]:
		return constant
	case keys["split"] && keys["take"] && len(keys) == 2:
		return split
	case keys["access"] && len(keys) == 1:
		return access
	case keys["list"] && len(keys) == 1:
		return list
	case keys["param"] && len(keys) == 1:
		return bodyParam(param)
	case len(r.faults) == faults:
		r.fault(n, "%s: expected const (and with), split and take, access, list, or param", what)
	}
	return bodyValue("")
}

// bodyItems reads what an array is made of: one value, or objects.
func (r *reader) bodyItems(n *yaml.Node, what string, known []string) (from bodySource) {
	one := func(n *yaml.Node) {
		item := r.bodySource(n, what, known)
		if r.schema == nil && item.of() == "" {
			r.fault(n, "%s: expected a value of the user, or a list of objects", what)
		}
		from = bodyList{item}
	}
	r.either(n, forms{scalar: one, mapping: one, list: func(n *yaml.Node) {
		if r.schema == nil && !strings.Contains(what, ".create.") {
			r.fault(n, "%s: a list of objects can only be created, for nothing could be cleared in it", what)
		}
		var objects bodyObjects
		for _, item := range r.elements(n) {
			objects = append(objects, r.body(item, what, known))
		}
		from = objects
	}})
	return from
}

// jsonLiteral reads a scalar as the JSON that it is.
func (r *reader) jsonLiteral(n *yaml.Node, what string) string {
	switch l := r.literal(n, what); l.kind {
	case null:
		return "null"
	case boolean:
		if l.flag {
			return "true"
		}
		return "false"
	case number:
		if checkJSON([]byte(l.text)) != nil {
			r.fault(n, "%s: the number is not written as JSON has it", what)
		}
		return l.text
	default:
		return string(appendString(nil, l.text))
	}
}
