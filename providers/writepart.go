package providers

import (
	"slices"
	"strings"
)

// writePart says how users are written at a provider.
type writePart struct {
	none                       string // why they cannot be, and what to do instead
	create, update, ban, unban *writeCall
	find                       []findPart
	why                        []path // where an answer that refuses has its code
}

// writeCall is a request that changes something.
type writeCall struct {
	method      string
	call        call
	body        bodyTemplate
	idempotency string // the header of its idempotency key, or ""
}

// findPart is one way to look a user up: a call that answers with one, or the
// list with more in its query.
type findPart struct {
	call call
	list []queryParam
	by   string // externalIDName or emailName
}

// The names, beside the columns, that a write part uses.
const (
	externalIDName = "external_id"
	emailName      = "email"
	suspendedName  = "suspended" // what operators call access
)

// takes reports whether a call can carry a value.
func (c *writeCall) takes(name string) bool { return c != nil && c.body.takes(name) }

// qualifies reports whether a call says of a value what kind it is of. To clear
// it then would say that nothing is of that kind, whatever stands there.
func (c *writeCall) qualifies(name string) bool { return c != nil && c.body.qualifies(name) }

// names returns the params that a call mentions.
func (c *writeCall) names() []string {
	if c == nil {
		return nil
	}
	return append(c.call.names(), c.body.params()...)
}

// finds reports whether users can be looked up by a name.
func (p *writePart) finds(by string) bool {
	return slices.ContainsFunc(p.find, func(f findPart) bool { return f.by == by })
}

// bans reports whether access can be written.
func (p *writePart) bans() bool {
	return p.update.takes(accessName) || p.ban != nil && p.unban != nil
}

// names returns the params that the calls mention, without what belongs to the
// user.
func (p *writePart) names() []string {
	var names []string
	for _, c := range []*writeCall{p.create, p.update, p.ban, p.unban} {
		names = append(names, c.names()...)
	}
	for _, f := range p.find {
		names = append(names, f.call.names()...)
	}
	return slices.DeleteFunc(names, isUserName)
}

// isUserName reports whether a placeholder stands for a part of the user.
func isUserName(name string) bool {
	return name == idPlaceholder || name == externalIDName || name == emailName
}

// columns are the names of what can be written, as operators call them.
func (p *writePart) columns() []string {
	var names []string
	for _, c := range []*writeCall{p.create, p.update, p.ban} {
		if c == nil {
			continue
		}
		c.body.leaves(func(_ string, from bodySource) {
			if name := from.of(); name != "" && name != accessName && !slices.Contains(names, name) {
				names = append(names, name)
			}
		})
	}
	if p.bans() {
		names = append(names, suspendedName)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}
