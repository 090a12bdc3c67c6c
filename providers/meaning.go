package providers

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// meaning is what a type of event stands for.
type meaning struct {
	kind   usersync.Kind // KindNone: not about a user
	access usersync.Access
	fetch  bool       // the event tells of a change, and not all of it
	when   *condition // nil: always
}

// meanings are the alternatives for one type: the first whose condition holds
// counts, and if none does the event is not about a user.
type meanings []meaning

func (m meanings) of(e *reading) (means meaning) {
	for i := range m {
		if m[i].when == nil || m[i].when.holds(e) {
			return m[i]
		}
	}
	return meaning{}
}

// aboutUsers reports whether an event of the type can be about a user.
func (m meanings) aboutUsers() bool {
	for i := range m {
		if m[i].kind != usersync.KindNone {
			return true
		}
	}
	return false
}

// types reads event.types: a sender's name, and what it stands for.
func (r *reader) types(n *yaml.Node) names[meanings] {
	var all names[meanings]
	r.entries(n, "event.types", func(key, means *yaml.Node) {
		all = append(all, named[meanings]{r.pattern(key, "event.types"), r.meanings(means)})
	})
	r.notEmpty(n, "event.types: maps no event to a kind")
	all.sort()
	return all
}

// meanings reads one meaning, or a list of alternatives.
func (r *reader) meanings(n *yaml.Node) meanings {
	items := r.items(n)
	if len(items) == 0 {
		r.fault(n, "event.types: the list is empty; write ignore for an event that is not about a user")
	}
	var list meanings
	for i, item := range items {
		m := r.meaning(item)
		if i+1 < len(items) && m.when == nil {
			r.fault(item, "event.types: an alternative without when stands last: those behind it never count")
		}
		list = append(list, m)
	}
	return list
}

// meaning reads a kind, the word ignore, or {kind, access, fetch, when}.
func (r *reader) meaning(n *yaml.Node) (m meaning) {
	r.either(n, forms{
		scalar:  func(n *yaml.Node) { m = r.meaningWord(n, "event.types") },
		mapping: func(n *yaml.Node) { m = r.meaningBlock(n) },
	})
	return m
}

// meaningBlock reads {kind, access, fetch, when}.
func (r *reader) meaningBlock(n *yaml.Node) (m meaning) {
	r.mapping(n, "event.types", block{
		"kind": func(n *yaml.Node) { m.kind = r.meaningWord(n, "event.types.kind").kind },
		"access": func(n *yaml.Node) {
			switch r.oneOf(n, "event.types.access", "banned", "unbanned") {
			case "banned":
				m.access = usersync.AccessBanned
			case "unbanned":
				// The type proves that the suspension is over; a bare
				// flag would only say that it does not hold now.
				m.access = usersync.AccessCleared
			}
		},
		"fetch": func(n *yaml.Node) { m.fetch = r.flag(n, "event.types.fetch") },
		"when": func(n *yaml.Node) {
			c := r.conditionOf(n, "event.types.when", exprScope{}, "fields", "type")
			m.when = &c
		},
	}, "kind")
	if m.fetch && (m.kind == usersync.KindDeleted || m.kind == usersync.KindNone) {
		r.fault(n, "event.types.fetch: there is nobody to fetch after an event that is %s", map[bool]string{true: "a deletion", false: "ignored"}[m.kind == usersync.KindDeleted])
	}
	return m
}

// meaningWord reads a kind or the word ignore.
func (r *reader) meaningWord(n *yaml.Node, what string) meaning {
	words := append(kindWords(), "ignore")
	m, _ := parseMeaning(r.chosen(n, what, words, func(name string) string {
		return fmt.Sprintf("%q is neither ignore nor one of %s%s", name, kindNames(), didYouMean(name, words))
	}))
	return m
}

func parseMeaning(name string) (m meaning, ok bool) {
	if name == "ignore" {
		return meaning{}, true
	}
	m.kind, ok = usersync.ParseKind(name)
	return m, ok
}
