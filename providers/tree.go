package providers

import (
	"sync"

	"github.com/tidwall/gjson"
)

// tree is the JSON of an event, and the members of its objects: noted while the
// document was validated, or read when the first path asks for one. A definition
// has a dozen paths into the same object.
type tree struct {
	values []member // root first
}

// member is a value, and its name in the object that has it.
type member struct {
	name, raw string
	first     int // where its own first member stands: nowhere without one, root until they are read
	next      int // where the next member of the same object stands, or root
}

// The places of two values.
const (
	root    = 0
	nowhere = -1
)

// usualValues is how many values an event has at most, by far. A tree that grew
// beyond it leaves its memory to the collector.
const usualValues = 1024

// trees keeps memory for the next request.
var trees = sync.Pool{New: func() any { return &tree{} }}

// release gives the memory back, without what was in it.
func (t *tree) release() {
	if t.drop(root); cap(t.values) <= usualValues {
		trees.Put(t)
	}
}

// drop forgets the values from a place on.
func (t *tree) drop(from int) {
	clear(t.values[from:])
	t.values = t.values[:from]
}

// add makes room for a value that is part of the event, and returns where it
// stands.
func (t *tree) add(raw string) int {
	t.values = append(t.values, member{raw: raw})
	return len(t.values) - 1
}

// reset begins a new event in the same memory.
func (t *tree) reset(raw string) {
	t.drop(root)
	t.add(raw)
}

// follow begins an event that was validated: alone, whose members are noted
// already, or with others.
func (t *tree) follow(raw string) {
	if len(t.values) == 0 || t.values[root].raw != raw {
		t.reset(raw)
	}
}

// lookup returns the value at a path from another value, absent if there is
// none.
func (t *tree) lookup(from int, p path) value {
	if found := t.find(from, p); found != nowhere {
		return valueOf(t.values[found].raw)
	}
	return value{}
}

// find returns where the value at a path stands, or nowhere.
func (t *tree) find(at int, p path) int {
	if at != nowhere && p.names == nil {
		return t.query(at, p.text)
	}
	for _, name := range p.names {
		if at == nowhere {
			break
		}
		at = t.member(at, name)
	}
	return at
}

// query lets gjson resolve a path.
func (t *tree) query(at int, path string) int {
	found := gjson.Get(t.values[at].raw, path)
	if !found.Exists() {
		return nowhere
	}
	return t.add(found.Raw)
}

// member returns where the value of a name stands: nowhere, if this is no
// object or has no such name.
func (t *tree) member(of int, name string) int {
	for i := t.firstOf(of); i > root; i = t.values[i].next {
		if t.values[i].name == name {
			return i
		}
	}
	return nowhere
}

// firstOf returns where the first member of an object stands: nowhere, if this is no
// object or has none.
func (t *tree) firstOf(of int) int {
	if t.values[of].first == root {
		t.read(of)
	}
	return t.values[of].first
}

// read reads the members of an object. Of anything else there are none.
func (t *tree) read(of int) {
	last := nowhere
	if t.isObject(of) {
		membersOf(t.values[of].raw, func(name, raw string) {
			last = t.append(of, last, plainText(name))
			t.values[last].raw = raw
		})
	}
	if last == nowhere {
		t.values[of].first = nowhere
	}
}

// append adds a member to an object behind its last one, if it has one, and
// returns where it stands.
func (t *tree) append(of, last int, name string) int {
	at := len(t.values)
	t.values = append(t.values, member{name: name})
	if last != nowhere {
		t.values[last].next = at
	} else {
		t.values[of].first = at
	}
	return at
}

// isObject reports whether there are braces.
func (t *tree) isObject(at int) bool { return begins(t.values[at].raw, '{') }

// isArray reports whether there are square brackets.
func (t *tree) isArray(at int) bool { return begins(t.values[at].raw, '[') }
