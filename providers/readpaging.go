package providers

import (
	"go.yaml.in/yaml/v3"
)

// paging reads list.paging: exactly one of the styles.
func (r *reader) paging(n *yaml.Node, d *definition, l *listPart) paging {
	var found []paging
	r.mapping(n, "list.paging", block{
		"page": func(n *yaml.Node) { found = append(found, r.pages(n, "list.paging.page")) },
		"offset": func(n *yaml.Node) {
			found = append(found, numberPaging{param: r.pagingParam(n, "list.paging.offset"), users: true})
		},
		"cursor": func(n *yaml.Node) { found = append(found, r.cursors(n)) },
		"last_id": func(n *yaml.Node) {
			found = append(found, lastIDPaging{r.pagingParam(n, "list.paging.last_id")})
		},
		"link":   func(n *yaml.Node) { r.oneFlag(n, "list.paging.link"); found = append(found, linkPaging{}) },
		"window": func(n *yaml.Node) { found = append(found, r.window(n, d, l)) },
	})
	r.exactlyOne(n, "list.paging: expected one of page, offset, cursor, last_id, link and window")
	if len(found) == 0 {
		return linkPaging{} // so that this fault is the only one
	}
	return found[0]
}

// pages reads {param, base}.
func (r *reader) pages(n *yaml.Node, what string) numberPaging {
	p := numberPaging{first: 1}
	r.mapping(n, what, block{
		"param": func(n *yaml.Node) { p.param = r.word(n, what+".param") },
		"base":  func(n *yaml.Node) { p.first = r.zeroOrOne(n, what+".base") },
	}, "param", "base")
	return p
}

// cursors reads {param, next, more}.
func (r *reader) cursors(n *yaml.Node) paging {
	var p cursorPaging
	r.mapping(n, "list.paging.cursor", block{
		"param": func(n *yaml.Node) { p.param = r.word(n, "list.paging.cursor.param") },
		"next":  func(n *yaml.Node) { p.at = r.path(n, "list.paging.cursor.next") },
		"more":  func(n *yaml.Node) { more := r.path(n, "list.paging.cursor.more"); p.more = &more },
	}, "param", "next")
	return p
}

// pagingParam reads {param}.
func (r *reader) pagingParam(n *yaml.Node, what string) (param string) {
	r.mapping(n, what, block{
		"param": func(n *yaml.Node) { param = r.word(n, what+".param") },
	}, "param")
	return param
}
