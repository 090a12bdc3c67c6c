package providers

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// window reads list.paging.window.
func (r *reader) window(n *yaml.Node, d *definition, l *listPart) paging {
	const what = "list.paging.window"
	var p windowPaging
	declared := func(name string) bool { return name == fromPlaceholder || d.declares(name) }
	r.mapping(n, what, block{
		"query":  func(n *yaml.Node) { p.query = r.query(n, what+".query", declared) },
		"from":   func(n *yaml.Node) { p.from = r.path(n, what+".from") },
		"most":   func(n *yaml.Node) { p.most = r.count(n, what+".most") },
		"within": func(n *yaml.Node) { p.within = r.within(n) },
	}, "query", "from", "most", "within")
	begins := slices.ContainsFunc(p.query, func(q queryParam) bool { return slices.Contains(q.value.names(), fromPlaceholder) })
	if p.query != nil && !begins {
		r.fault(n, "%s.query: expected {%s}, where a window begins", what, fromPlaceholder)
	}
	r.later = append(r.later, func() {
		switch {
		case d.declares(fromPlaceholder):
			r.fault(n, "%s: api.params has a {%s} of its own: name it otherwise", what, fromPlaceholder)
		case p.most > 0 && l.maxSize > p.most:
			r.fault(n, "%s.most: it is less than list.size.max, the users of one page", what)
		}
	})
	return p
}

// within reads how the pages of one window are asked for.
func (r *reader) within(n *yaml.Node) (p numberPaging) {
	const what = "list.paging.window.within"
	r.mapping(n, what, block{
		"page": func(n *yaml.Node) { p = r.pages(n, what+".page") },
		"offset": func(n *yaml.Node) {
			p = numberPaging{param: r.pagingParam(n, what+".offset"), users: true}
		},
	})
	r.exactlyOne(n, what+": expected one of page and offset")
	return p
}
