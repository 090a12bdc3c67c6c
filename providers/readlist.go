package providers

import (
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// list reads the part `list`. The definition and what belongs to the list are
// asked at the end of the file.
func (r *reader) list(n *yaml.Node, d *definition, c *calls) *listPart {
	l := &listPart{}
	r.mapping(n, "list", block{
		"path": func(n *yaml.Node) { l.call.path = r.pathTemplate(n, "list.path", d.declares) },
		"method": func(n *yaml.Node) {
			l.posts = r.oneOf(n, "list.method", http.MethodGet, http.MethodPost) == http.MethodPost
		},
		"body":   func(n *yaml.Node) { l.body = r.listBody(n) },
		"query":  func(n *yaml.Node) { l.call.query = r.query(n, "list.query", d.declares) },
		"sql":    func(n *yaml.Node) { l.sql = r.sql(n, "list.sql", d.declares) },
		"paging": func(n *yaml.Node) { l.paging = r.paging(n, d, l) },
		"size": func(n *yaml.Node) {
			r.mapping(n, "list.size", block{
				"param": func(n *yaml.Node) { l.sizeParam = r.word(n, "list.size.param") },
				"max":   func(n *yaml.Node) { l.maxSize = r.count(n, "list.size.max") },
			}, "max")
		},
		"since":  func(n *yaml.Node) { l.since = r.since(n) },
		"total":  func(n *yaml.Node) { p := r.path(n, "list.total"); l.total = &p },
		"items":  func(n *yaml.Node) { l.items = r.paths(n, "list.items") },
		"detail": func(n *yaml.Node) { l.detail = r.oneOf(n, "list.detail", "fetch") != "" },
		"id":     func(n *yaml.Node) { l.item.id = r.itemID(n, "list.id") },
		"user":   func(n *yaml.Node) { r.itemUser(n, "list.user", d, &l.item) },
	}, "size", "id")
	r.later = append(r.later, func() {
		switch {
		case l.sql != nil && (l.call.path != "" || l.call.query != nil || l.paging != nil || l.sizeParam != "" || l.since != nil || l.posts || l.body != nil || l.total != nil || l.items != nil || l.detail):
			r.fault(n, "list: beside sql there are only size.max, id and user")
		case l.sql == nil && (l.call.path == "" || l.paging == nil):
			r.fault(n, "list: expected path and paging, or sql")
		case l.sql == nil && d.api.auth == nil:
			r.fault(n, "list: api.auth is missing")
		}
		r.checkListBody(n, l)
		if l.detail == (l.item.user != nil) {
			r.fault(n, "list: expected either user or detail")
		}
		if l.detail && c.fetch == nil {
			r.fault(n, "list.detail: there is no fetch")
		}
	})
	return l
}

// fetch reads the part `fetch`.
func (r *reader) fetch(n *yaml.Node, d *definition) *fetchPart {
	f := &fetchPart{}
	declared := func(name string) bool { return name == idPlaceholder || d.declares(name) }
	r.mapping(n, "fetch", block{
		"path":  func(n *yaml.Node) { f.call.path = r.pathTemplate(n, "fetch.path", declared) },
		"query": func(n *yaml.Node) { f.call.query = r.query(n, "fetch.query", declared) },
		"sql":   func(n *yaml.Node) { f.sql = r.sql(n, "fetch.sql", d.declares) },
		"items": func(n *yaml.Node) { f.items = r.paths(n, "fetch.items") },
		"at":    func(n *yaml.Node) { f.at = r.paths(n, "fetch.at") },
		"id":    func(n *yaml.Node) { f.item.id = r.itemID(n, "fetch.id") },
		"user":  func(n *yaml.Node) { r.itemUser(n, "fetch.user", d, &f.item) },
	}, "id", "user")
	r.later = append(r.later, func() {
		switch {
		case f.sql != nil && (f.call.path != "" || f.call.query != nil || f.items != nil || f.at != nil):
			r.fault(n, "fetch: beside sql there are only id and user")
		case f.sql == nil && !slices.Contains(f.call.names(), idPlaceholder):
			r.fault(n, "fetch: expected a path or query with {%s}, or sql", idPlaceholder)
		case f.sql == nil && d.api.auth == nil:
			r.fault(n, "fetch: api.auth is missing")
		}
	})
	return f
}

// calls reads a list, a fetch and a write that belong together.
func (r *reader) calls(c *calls, d *definition) block {
	// The variants have them too.
	named := func(name string, read func(*yaml.Node)) func(*yaml.Node) {
		return func(n *yaml.Node) {
			r.define(n, name, name, func(n *yaml.Node, _ string) { read(n) })
		}
	}
	return block{
		"list":  named("list", func(n *yaml.Node) { c.list = r.list(n, d, c) }),
		"fetch": named("fetch", func(n *yaml.Node) { c.fetch = r.fetch(n, d) }),
		"write": named("write", func(n *yaml.Node) { c.write = r.write(n, d, c) }),
	}
}

// variants reads the part `variants`.
func (r *reader) variants(n *yaml.Node, d *definition) {
	r.entries(n, "variants", func(key, value *yaml.Node) {
		v := &variant{name: key.Value}
		r.mapping(value, "variants."+key.Value, r.calls(&v.calls, d))
		d.variants = append(d.variants, v)
	})
}

// query reads the parameters of a query. {url} may stand in all of them.
func (r *reader) query(n *yaml.Node, what string, known func(string) bool) []queryParam {
	var query []queryParam
	declared := func(name string) bool { return name == urlPlaceholder || known(name) }
	r.entries(n, what, func(key, value *yaml.Node) {
		query = append(query, queryParam{key.Value, r.template(value, what+"."+key.Value, declared)})
	})
	slices.SortFunc(query, func(a, b queryParam) int { return strings.Compare(a.name, b.name) })
	return query
}

// since reads list.since.
func (r *reader) since(n *yaml.Node) *sinceParam {
	s := &sinceParam{format: formatRFC3339}
	r.mapping(n, "list.since", block{
		"param": func(n *yaml.Node) { s.name = r.word(n, "list.since.param") },
		"unit": func(n *yaml.Node) {
			s.format = timeFormat(r.oneOf(n, "list.since.unit", string(formatRFC3339), string(formatSeconds), string(formatMillis)))
		},
	}, "param")
	return s
}

// itemID reads where a listed user has its id.
func (r *reader) itemID(n *yaml.Node, what string) firstSaid {
	var ids firstSaid
	for _, p := range r.paths(n, what) {
		ids = append(ids, rootPath(p))
	}
	return ids
}

// itemUser reads a user part of its own, or `same` for the definition's, whose
// form the users of this API have.
func (r *reader) itemUser(n *yaml.Node, what string, d *definition, item *itemPart) {
	item.user = &userPart{}
	r.either(n, forms{
		mapping: func(n *yaml.Node) { *item.user = r.user(n) },
		scalar: func(n *yaml.Node) {
			r.oneOf(n, what, "same")
			r.later = append(r.later, func() {
				if d.script != nil {
					r.fault(n, "%s: there is no part user that this could be the same as: the events are read by a script; say here how a user is read", what)
				}
			})
			r.later = append(r.later, func() {
				*item.user = d.user
				item.user.at = nil // this is where the user stands in an event
			})
		},
	})
}

// declares reports whether api.params has a name.
func (d *definition) declares(name string) bool {
	_, ok := d.api.params[name]
	return ok
}
