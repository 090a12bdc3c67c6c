package providers

import (
	"sync"

	"github.com/tidwall/gjson"
)

// tree is the JSON of an event that was validated. The members of an object
// are read once, when the first path asks for one: a definition has a dozen
// paths into the same object.
type tree struct {
	values []member // root first; the members of one object stand together
}

// member is a value, and its name in the object that has it.
type member struct {
	name, raw string
	from, to  int // where its own members stand; from is 0 until they are read
}

// The places of two values.
const (
	root    = 0
	nowhere = -1
)

// trees keeps memory for the next request.
var trees = sync.Pool{New: func() any { return &tree{} }}

// release gives the memory back, without what was in it.
func (t *tree) release() {
	const usual = 1024 // values; a body that has more leaves nothing behind
	if all := t.values[:cap(t.values)]; len(all) <= usual {
		clear(all)
		trees.Put(t)
	}
}

// add makes room for a value that is part of the event, and returns where it
// stands.
func (t *tree) add(raw string) int {
	t.values = append(t.values, member{raw: raw})
	return len(t.values) - 1
}

// reset begins a new event in the same memory.
func (t *tree) reset(raw string) {
	t.values = append(t.values[:root], member{raw: raw})
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
	if t.values[of].from == 0 {
		t.read(of)
	}
	for i := t.values[of].from; i < t.values[of].to; i++ {
		if t.values[i].name == name {
			return i
		}
	}
	return nowhere
}

// read reads the members of an object. Of anything else there are none.
func (t *tree) read(of int) {
	from := len(t.values)
	if t.isObject(of) {
		membersOf(t.values[of].raw, func(name, raw string) {
			t.values = append(t.values, member{name: plainText(name), raw: raw})
		})
	}
	t.values[of].from, t.values[of].to = from, len(t.values)
}

// isObject reports whether there are braces.
func (t *tree) isObject(at int) bool { return begins(t.values[at].raw, '{') }

// isArray reports whether there are square brackets.
func (t *tree) isArray(at int) bool { return begins(t.values[at].raw, '[') }
