package providers

import (
	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// bannedUntil reads the end of a ban. It is told with every event, so one that
// is over when the event happens says that the suspension is over, with all
// that belongs to it. Postgres writes a ban without an end as infinity.
func bannedUntil(v value, at usersync.Micros) (says usersync.Access, until usersync.Value, wrong *problem) {
	switch {
	case v.kind == null, v.kind == text && v.text == "-infinity":
		return usersync.AccessCleared, until, nil
	case v.kind == text && v.text == "infinity":
		return usersync.AccessBanned, usersync.NullValue(), nil
	}
	switch v = asTime(v, formatRFC3339); {
	case v.kind != instant:
		return usersync.AccessUnsaid, until, &problem{badTime, "user.access.until: " + v.text}
	case v.at > at:
		return usersync.AccessBanned, usersync.TimeValue(v.at), nil
	default:
		return usersync.AccessCleared, until, nil
	}
}

// tellAccess fills in whether the user may come in, unless the type of the
// event has said so, and until when not, unless a field has.
func (u *userPart) tellAccess(e *reading, c *usersync.Command, mapped bool) *problem {
	says, until, wrong := u.accessOf(e)
	if wrong != nil {
		return wrong
	}
	if c.Access == usersync.AccessUnsaid {
		c.Access = says
	}
	if !mapped && until.Present() {
		c.Fields[usersync.FieldSuspendedUntil] = until
	}
	return nil
}

// accessFlag reads {path, banned, unbanned} or {until}.
func (r *reader) accessFlag(n *yaml.Node, scope exprScope) (f accessFlag) {
	r.mapping(n, "user.access", block{
		"path":     func(n *yaml.Node) { f.from = r.expr(n, "user.access.path", scope) },
		"banned":   func(n *yaml.Node) { f.banned = r.literals(n, "user.access.banned") },
		"unbanned": func(n *yaml.Node) { f.unbanned = r.literals(n, "user.access.unbanned") },
		"until":    func(n *yaml.Node) { f.until, f.from = true, r.expr(n, "user.access.until", scope) },
	})
	r.exactlyOne(n, "user.access: expected path or until; of two entries the first that is present counts", "banned", "unbanned")
	if f.until && (f.banned != nil || f.unbanned != nil) {
		r.fault(n, "user.access: banned and unbanned belong to path: a time says by itself whether it has passed")
	}
	return f
}
