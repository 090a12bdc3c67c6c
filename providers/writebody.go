package providers

import "strings"

// bodyTemplate is a JSON object that is sent: its members in the order of the
// definition, and where each comes from.
type bodyTemplate []bodyMember

// bodyMember is a member of a body: an object of its own, or a value.
type bodyMember struct {
	name    string
	members bodyTemplate
	from    bodySource // nil for an object
}

// bodyValues are the values that a body can be made of, as JSON, by their
// names. One that is not there leaves out what is made of it.
type bodyValues map[string]string

// bodySource is where a member's value comes from.
type bodySource interface {
	// json returns the value; ok is false if there is none.
	json(values bodyValues) (raw string, ok bool)
	// of names the value that it is made of, "" for none.
	of() string
}

// bodyValue is a value as it is.
type bodyValue string

func (s bodyValue) json(values bodyValues) (string, bool) {
	raw, ok := values[string(s)]
	return raw, ok
}

func (s bodyValue) of() string { return string(s) }

// bodyList is an array of one value. What clears the value empties the array.
type bodyList struct{ item bodySource }

func (s bodyList) json(values bodyValues) (string, bool) {
	raw, ok := s.item.json(values)
	if raw == "null" {
		return raw, ok
	}
	return "[" + raw + "]", ok
}

func (s bodyList) of() string { return s.item.of() }

// bodyObjects is an array of objects, of which those stay that say something.
type bodyObjects []bodyTemplate

func (s bodyObjects) json(values bodyValues) (string, bool) {
	var items []string
	for _, t := range s {
		if raw, said := t.render(values, false); said {
			items = append(items, raw)
		}
	}
	return "[" + strings.Join(items, ",") + "]", items != nil
}

// of is nothing: leaves calls see for the values in it.
func (bodyObjects) of() string { return "" }

// bodyConst is always the same. With a companion, it is there if that is.
type bodyConst struct{ raw, with string }

func (s bodyConst) json(values bodyValues) (string, bool) {
	_, ok := values[s.with]
	return s.raw, ok || s.with == ""
}

func (bodyConst) of() string { return "" }

// bodySplit is a part of a text: what stands before its first space, or
// behind. A part that is empty is null, so that it takes away what was there.
type bodySplit struct {
	name string
	rest bool
}

func (s bodySplit) json(values bodyValues) (string, bool) {
	raw, ok := values[s.name]
	if !ok || raw == "null" {
		return raw, ok
	}
	first, rest, _ := strings.Cut(valueOf(raw).text, " ")
	if s.rest {
		first = rest
	}
	if first == "" {
		return "null", true
	}
	return string(appendString(nil, first)), true
}

func (s bodySplit) of() string { return s.name }

// bodyAccess is the word for whether a user may come in.
type bodyAccess struct{ banned, unbanned string }

func (s bodyAccess) json(values bodyValues) (string, bool) {
	switch values[accessName] {
	case sayBanned:
		return s.banned, true
	case sayUnbanned:
		return s.unbanned, true
	default:
		return "", false
	}
}

func (bodyAccess) of() string { return accessName }

// accessName and its values stand for the assertion among bodyValues.
const (
	accessName  = "access"
	sayBanned   = `"banned"`
	sayUnbanned = `"unbanned"`
)

// render writes the object; said is false if it says nothing beyond constants.
// Without nulls, members that are null are left out.
func (t bodyTemplate) render(values bodyValues, nulls bool) (raw string, said bool) {
	var text strings.Builder
	for _, m := range t {
		var member string
		var ok bool
		if m.from == nil {
			member, ok = m.members.render(values, nulls)
			said = said || ok
		} else {
			member, ok = m.from.json(values)
			ok = ok && (nulls || member != "null")
			said = said || ok && m.saysMore()
			if _, list := m.from.(bodyList); list && member == "null" {
				member = "[]"
			}
		}
		if !ok {
			continue
		}
		if text.Len() > 0 {
			text.WriteByte(',')
		}
		text.Write(appendString(nil, m.name))
		text.WriteByte(':')
		text.WriteString(member)
	}
	return "{" + text.String() + "}", said
}

// saysMore reports whether a member can say more than constants do.
func (m bodyMember) saysMore() bool {
	_, objects := m.from.(bodyObjects)
	return objects || m.from.of() != ""
}

// leaves calls see for each value that the body can have.
func (t bodyTemplate) leaves(see func(member string, from bodySource)) {
	for _, m := range t {
		objects, many := m.from.(bodyObjects)
		if m.from != nil && !many {
			see(m.name, m.from)
		}
		m.members.leaves(see)
		for _, t := range objects {
			t.leaves(see)
		}
	}
}

// takes reports whether the body can have a value.
func (t bodyTemplate) takes(name string) (taken bool) {
	t.leaves(func(_ string, from bodySource) { taken = taken || from.of() == name })
	return taken
}

// qualifies reports whether a constant goes with a value.
func (t bodyTemplate) qualifies(name string) (qualified bool) {
	t.leaves(func(_ string, from bodySource) {
		constant, is := from.(bodyConst)
		qualified = qualified || is && constant.with == name
	})
	return qualified
}

// bodyParam is a param of the operator's.
type bodyParam string

func (s bodyParam) json(values bodyValues) (string, bool) {
	raw, ok := values[paramValue(string(s))]
	return raw, ok
}

func (bodyParam) of() string { return "" }

// paramValue names a param among bodyValues, where no column is called so.
func paramValue(name string) string { return "{" + name + "}" }

// params returns the params that the body mentions.
func (t bodyTemplate) params() (names []string) {
	t.leaves(func(_ string, from bodySource) {
		if p, is := from.(bodyParam); is {
			names = append(names, string(p))
		}
	})
	return names
}
