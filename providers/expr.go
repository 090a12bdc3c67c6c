package providers

import (
	"slices"
	"strings"

	usersync "usersync/sync"
)

// reading is one event while it is read: what expressions look at.
type reading struct {
	doc  *tree
	user int    // where the value stands that paths of user are relative to, or nowhere
	name string // the sender's name of the event
	kind usersync.Kind
	at   usersync.Micros // when it happened, once that is known
	// received is when the delivery first came.
	received usersync.Micros
	// signed are the timestamp and the id that the signature covers, if one does.
	signed struct {
		text   string
		format timeFormat
		id     string
	}
}

// expr is an expression of a definition: where a value comes from. An
// expression with an absent input is absent.
type expr interface {
	eval(e *reading) value
}

// pathExpr is the value at a path of the user's part.
type pathExpr path

func (x pathExpr) eval(e *reading) value { return e.doc.lookup(e.user, path(x)) }

// rootPath is the value at a path from the root of the event.
type rootPath path

func (x rootPath) eval(e *reading) value { return e.doc.lookup(root, path(x)) }

// firstSaid is the first alternative that names something: null does not.
type firstSaid []expr

func (x firstSaid) eval(e *reading) value {
	for _, alternative := range x {
		if v := alternative.eval(e); v.kind != absent && v.kind != null {
			return v
		}
	}
	return value{}
}

// firstOf is the first alternative that is present; null is.
type firstOf []expr

func (x firstOf) eval(e *reading) value {
	for _, alternative := range x {
		if v := alternative.eval(e); v.kind != absent {
			return v
		}
	}
	return value{}
}

// constExpr is always the same.
type constExpr literal

func (x constExpr) eval(*reading) value { return literal(x).value() }

// concatExpr joins texts. Null inputs are passed over; if all are null, so is
// the whole.
type concatExpr struct {
	inputs    []expr
	separator string
}

func (x concatExpr) eval(e *reading) value {
	var parts []string
	damaged := false
	for _, input := range x.inputs {
		v := input.eval(e)
		s, ok := v.str()
		switch {
		case v.kind == absent:
			return value{}
		case v.kind == null:
		case !ok:
			return value{kind: invalid, text: "concat got " + v.word()}
		case s != "":
			damaged = damaged || v.damaged
			parts = append(parts, s)
		}
	}
	if parts == nil {
		return value{kind: null}
	}
	return value{kind: text, text: strings.Join(parts, x.separator), damaged: damaged}
}

// inExpr is whether its input is one of several literals.
type inExpr struct {
	input  expr
	values []literal
}

func (x inExpr) eval(e *reading) value {
	v := x.input.eval(e)
	if v.kind == absent {
		return v
	}
	return value{kind: boolean, flag: anyIs(x.values, v)}
}

// timeExpr reads its input as a time of a given format.
type timeExpr struct {
	input  expr
	format timeFormat
}

func (x timeExpr) eval(e *reading) value { return asTime(x.input.eval(e), x.format) }

// asTime turns a value into an instant; absent and null stay what they are.
// RFC 3339 is a text; units since 1970 are numbers, or texts of digits.
func asTime(v value, format timeFormat) value {
	switch v.kind {
	case absent, null, instant, invalid:
		return v
	case text, number:
		if v.kind == number && format == formatRFC3339 {
			break
		}
		if at, ok := format.parse(v.text); ok {
			return value{kind: instant, at: at}
		}
		if v.text == "" {
			return value{kind: invalid, text: "it is an empty text, not a time (" + string(format) + ")"}
		}
		return value{kind: invalid, text: "it is no time of the years 1 to 9999 (" + string(format) + ")"}
	}
	return value{kind: invalid, text: "it is " + v.word() + ", not a time (" + string(format) + ")"}
}

// eventTime is when the event happened.
type eventTime struct{}

func (eventTime) eval(e *reading) value { return value{kind: instant, at: e.at} }

// signedTime is the timestamp that the signature covers; absent if nothing
// signed one.
type signedTime struct{}

func (signedTime) eval(e *reading) value {
	if e.signed.text == "" {
		return value{}
	}
	return asTime(value{kind: text, text: e.signed.text}, e.signed.format)
}

// whenExpr is absent unless its condition holds.
type whenExpr struct {
	condition condition
	then      expr
}

func (x whenExpr) eval(e *reading) value {
	if !x.condition.holds(e) {
		return value{}
	}
	return x.then.eval(e)
}

// condition holds if everything it names fits.
type condition struct {
	kinds  []usersync.Kind
	types  []pattern
	fields []fieldCondition
}

// fieldCondition holds if a value is one of the literals.
type fieldCondition struct {
	from   expr
	values []literal
}

func (c condition) holds(e *reading) bool {
	if len(c.kinds) > 0 && !slices.ContainsFunc(c.kinds, func(k usersync.Kind) bool { return k == e.kind }) {
		return false
	}
	if len(c.types) > 0 && !slices.ContainsFunc(c.types, func(p pattern) bool { return p.matches(e.name) }) {
		return false
	}
	for _, f := range c.fields {
		if !anyIs(f.values, f.from.eval(e)) {
			return false
		}
	}
	return true
}

// objectAt returns where the first path's value that is an object stands, or
// nowhere. Without paths it is the root.
func objectAt(doc *tree, paths []path) int {
	if len(paths) == 0 {
		return root
	}
	for _, p := range paths {
		if found := doc.find(root, p); found != nowhere && doc.isObject(found) {
			return found
		}
	}
	return nowhere
}
