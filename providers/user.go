package providers

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// userPart says which column each part of the profile belongs to, and which
// values mean banned or deleted.
type userPart struct {
	at     []path // where the profile stands: the first that is an object
	fields [usersync.NumColumns]expr
	access []accessFlag
	life   []lifeFlag
}

// accessFlag is a value that says whether the user may come in, or the time
// until which the user may not.
type accessFlag struct {
	from             expr
	banned, unbanned []literal
	until            bool
}

// lifeFlag is a value that says whether the user exists.
type lifeFlag struct {
	from           expr
	alive, deleted []literal
}

// accessOf reads the first flag that is present, and the end of the ban where
// it has one. A value that is not mapped says nothing.
func (u *userPart) accessOf(e *reading) (says usersync.Access, until usersync.Value, wrong *problem) {
	for i := range u.access {
		f := &u.access[i]
		switch v := f.from.eval(e); {
		case v.kind == absent:
			continue
		case f.until:
			return bannedUntil(v, e.at)
		case anyIs(f.banned, v):
			return usersync.AccessBanned, until, nil
		case anyIs(f.unbanned, v):
			return usersync.AccessUnbanned, until, nil
		default:
			return usersync.AccessUnsaid, until, nil
		}
	}
	return usersync.AccessUnsaid, until, nil
}

// lifeOf does the same for life.
func (u *userPart) lifeOf(e *reading) usersync.Life {
	for _, f := range u.life {
		switch v := f.from.eval(e); {
		case v.kind == absent:
			continue
		case anyIs(f.deleted, v):
			return usersync.LifeDeleted
		case anyIs(f.alive, v):
			return usersync.LifeAlive
		default:
			return usersync.LifeUnsaid
		}
	}
	return usersync.LifeUnsaid
}

// user reads the part `user`.
func (r *reader) user(n *yaml.Node) userPart {
	var u userPart
	r.define(n, "user", "user", func(n *yaml.Node, _ string) { r.userBlock(n, &u) })
	return u
}

func (r *reader) userBlock(n *yaml.Node, u *userPart) {
	scope := exprScope{relative: true}
	r.mapping(n, "user", block{
		"at":     func(n *yaml.Node) { u.at = r.paths(n, "user.at") },
		"fields": func(n *yaml.Node) { r.columns(n, u) },
		"access": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				u.access = append(u.access, r.accessFlag(item, scope))
			}
		},
		"life": func(n *yaml.Node) {
			for _, item := range r.items(n) {
				var f lifeFlag
				r.mapping(item, "user.life", block{
					"path":    func(n *yaml.Node) { f.from = r.expr(n, "user.life.path", scope) },
					"alive":   func(n *yaml.Node) { f.alive = r.literals(n, "user.life.alive") },
					"deleted": func(n *yaml.Node) { f.deleted = r.literals(n, "user.life.deleted") },
				}, "path")
				u.life = append(u.life, f)
			}
		},
	})
}

// columns reads user.fields.
func (r *reader) columns(n *yaml.Node, u *userPart) {
	r.entries(n, "user.fields", func(key, value *yaml.Node) {
		f := r.column(key, "user.fields")
		u.fields[f] = r.expr(value, "user.fields."+key.Value, exprScope{relative: true})
	})
}

// column reads the name of a column.
func (r *reader) column(n *yaml.Node, what string) usersync.Field {
	f, _ := usersync.ParseField(r.chosen(n, what, columnWords(), func(name string) string {
		return fmt.Sprintf("%q is no column%s; the columns are %s", name, didYouMean(name, columnWords()), columnNames())
	}))
	return f
}

// columnWords are the names of the columns.
func columnWords() []string {
	var names []string
	for f := usersync.Field(0); f < usersync.NumColumns; f++ {
		names = append(names, f.String())
	}
	return names
}

// columnNames lists the columns for an error.
func columnNames() string { return strings.Join(columnWords(), ", ") }
