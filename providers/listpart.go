package providers

import (
	"fmt"
	"slices"
)

// calls are how users are read from a provider and written there. Each may be
// missing.
type calls struct {
	list  *listPart
	fetch *fetchPart
	write *writePart
}

// listPart says how a provider's users are listed: by requests, or from its
// database.
type listPart struct {
	call      call
	posts     bool         // by POST, whose body takes the parameters of paging, size and since
	body      bodyTemplate // what stands in it beside them
	paging    paging
	sizeParam string
	maxSize   int // users a page
	since     *sinceParam
	total     *path  // where an honest number of users stands, for the progress
	items     []path // where the users stand; the root if there are none
	sql       *sqlTable
	detail    bool // the list hides something: each user is fetched
	item      itemPart
}

// fetchPart says how one user is read.
type fetchPart struct {
	call  call
	items []path // where the array of found users stands, of an answer that has one
	at    []path // where the user stands: the first that is an object; else the root
	sql   *sqlTable
	item  itemPart
}

// call is the address of a request.
type call struct {
	path  template
	query []queryParam // sorted by name
}

// queryParam is one parameter of a query; it is left out if a param that it
// mentions has no value.
type queryParam struct {
	name  string
	value template
}

// sinceParam is the filter for users that changed.
type sinceParam struct {
	name   string
	format timeFormat
}

// itemPart says what a listed or fetched user is.
type itemPart struct {
	id   firstSaid
	user *userPart
}

// names returns the params that a call mentions.
func (c call) names() []string {
	names := c.path.names()
	for _, q := range c.query {
		names = append(names, q.value.names()...)
	}
	return names
}

// names returns the params that the list mentions.
func (l *listPart) names() []string {
	if l.sql != nil {
		return l.sql.names()
	}
	return l.call.names()
}

// filters reports whether the list can be of the users that changed.
func (l *listPart) filters() bool { return l.since != nil || l.sql != nil && l.sql.updated != "" }

// names returns the params that the fetch mentions.
func (f *fetchPart) names() []string {
	if f.sql != nil {
		return f.sql.names()
	}
	return f.call.names()
}

// callsOf returns the calls of a variant; "" is the definition's own.
func (d *definition) callsOf(variant string) (calls, error) {
	if variant == "" {
		return d.calls, nil
	}
	var known []string
	for _, v := range d.variants {
		if v.name == variant {
			return v.calls, nil
		}
		known = append(known, v.name)
	}
	if known == nil {
		return calls{}, fmt.Errorf("api.variant: there are none here; remove %q", cut(variant))
	}
	slices.Sort(known)
	return calls{}, fmt.Errorf("api.variant: there is no %q; there are %v", cut(variant), known)
}

// variant is another API for users, which the operator can choose.
type variant struct {
	name  string
	calls calls
}
