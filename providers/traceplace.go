package providers

import (
	"encoding/json"
	"strconv"
	"strings"
)

// shownBytes is how much of an object or array a trace shows.
const shownBytes = 400

// shown is a value as JSON; nil for one that is not there.
func (v value) shown() json.RawMessage {
	switch v.kind {
	case null:
		return json.RawMessage("null")
	case boolean:
		return json.RawMessage(strconv.FormatBool(v.flag))
	case number:
		return json.RawMessage(v.text)
	case text:
		return json.RawMessage(appendString(nil, v.text))
	case instant:
		return json.RawMessage(`"` + formatRFC3339.write(v.at.Time()) + `"`)
	case document:
		if len(v.text) > shownBytes {
			return nil
		}
		return json.RawMessage(v.text)
	default:
		return nil
	}
}

// exprPlace is the path of an expression, or what block it is.
func exprPlace(x expr) string {
	switch x := x.(type) {
	case pathExpr:
		return x.text
	case rootPath:
		return x.text
	case whenExpr:
		return exprPlace(x.then)
	case timeExpr:
		return exprPlace(x.input)
	case inExpr:
		return exprPlace(x.input)
	case firstOf:
		return places(x)
	case concatExpr:
		return places(x.inputs)
	case constExpr:
		return "const"
	case signedTime:
		return "signed"
	default:
		return "a block"
	}
}

func places(all []expr) string {
	var texts []string
	for _, x := range all {
		texts = append(texts, exprPlace(x))
	}
	return strings.Join(texts, ", ")
}

// blame says why an expression is absent.
func blame(x expr, e *reading) string {
	switch x := x.(type) {
	case pathExpr:
		if e.user == nowhere {
			return "none of the paths of user.at holds an object; the event has the members " + e.doc.names(root)
		}
		return e.doc.blame(e.user, path(x))
	case rootPath:
		return e.doc.blame(root, path(x))
	case whenExpr:
		if !x.condition.holds(e) {
			return "its when does not hold"
		}
		return blame(x.then, e)
	case timeExpr:
		return blame(x.input, e)
	case inExpr:
		return blame(x.input, e)
	case concatExpr:
		return blameFirst(x.inputs, e)
	case firstOf:
		return blameFirst(x, e)
	case signedTime:
		return "the request has no signed timestamp"
	default:
		return ""
	}
}

// blameFirst is about the first of several that is absent.
func blameFirst(all []expr, e *reading) string {
	for _, x := range all {
		if x.eval(e).kind == absent {
			return blame(x, e)
		}
	}
	return ""
}

// blame says what stands on the way to a path at which nothing does.
func (t *tree) blame(from int, p path) string {
	names := p.names
	if names == nil {
		names = plainBegin(p.text)
	}
	at, where := from, "the event"
	if from != root {
		where = "the object of user.at"
	}
	for i, name := range names {
		next := t.member(at, name)
		if next == nowhere {
			break
		}
		at, where = next, strings.Join(names[:i+1], ".")
	}
	if !t.isObject(at) {
		return where + " is " + valueOf(t.values[at].raw).word()
	}
	return where + " has the members " + t.names(at)
}

// plainBegin is what a path begins with before it asks more than for members.
func plainBegin(text string) []string {
	components, err := splitPath(text)
	if err != nil {
		return nil
	}
	var names []string
	for _, c := range components {
		if !plainName(c.text) {
			break
		}
		names = append(names, c.text)
	}
	return names
}

// manyMembers is how many names of members a trace shows.
const manyMembers = 20

// names lists the members of an object.
func (t *tree) names(of int) string {
	var names []string
	for i := t.firstOf(of); i > root; i = t.values[i].next {
		names = append(names, cut(t.values[i].name))
	}
	switch {
	case len(names) == 0:
		return "(none)"
	case len(names) > manyMembers:
		names = append(names[:manyMembers], "…")
	}
	return strings.Join(names, ", ")
}

// place says where an id is taken from.
func (s idSource) place() string {
	switch {
	case s.hash:
		return "the bytes of the event"
	case s.signed:
		return "signed"
	case s.concat != nil:
		var texts []string
		for _, p := range s.concat {
			texts = append(texts, p.text)
		}
		return strings.Join(texts, ", ")
	default:
		return s.path.text
	}
}

// blame says why there is no id at this place.
func (s idSource) blame(e *reading) string {
	switch {
	case s.signed:
		return "the signature covers no id"
	case s.concat != nil:
		for _, p := range s.concat {
			if e.doc.find(root, p) == nowhere {
				return e.doc.blame(root, p)
			}
		}
		return "one of them is null or empty"
	default:
		return e.doc.blame(root, s.path)
	}
}
