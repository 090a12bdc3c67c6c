package providers

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"go.yaml.in/yaml/v3"
)

// eventPart says where an event keeps its id, type, time and user.
type eventPart struct {
	ids            []idSource
	types          firstSaid // the sender's name of the event
	time           []expr
	usesSignedTime bool
	usesReceived   bool
	unstable       bool // a retry may carry another time
	user           firstSaid
	when           *condition // events for which it does not hold are not about a user
	meanings       names[meanings]
}

// idSource is one place to take the id of an event from. Exactly one is set.
type idSource struct {
	path   path
	concat []path // joined by a space
	hash   bool   // of the event's bytes
	signed bool   // the id that the signature covers
}

// find returns the id at this place; null and "" name no event, so there the
// next place is tried.
func (s idSource) find(e *reading) (v value, ok bool) {
	switch {
	case s.hash:
		return value{kind: text, text: hashID(e.doc.values[root].raw)}, true
	case s.signed:
		return value{kind: text, text: e.signed.id}, e.signed.id != ""
	case s.concat != nil:
		parts := make([]string, len(s.concat))
		damaged := false
		for i, p := range s.concat {
			part := e.doc.lookup(root, p)
			if part.kind == null || part.kind == absent || part.text == "" {
				return value{}, false
			}
			var scalar bool
			if parts[i], scalar = part.str(); !scalar {
				return part, true
			}
			damaged = damaged || part.damaged
		}
		return value{kind: text, text: strings.Join(parts, " "), damaged: damaged}, true
	default:
		v := e.doc.lookup(root, s.path)
		return v, v.kind != absent && v.kind != null && !(v.kind == text && v.text == "")
	}
}

// hashID makes an id of an event's bytes, for senders that give none.
func hashID(event string) string {
	sum := sha256.Sum256(bytesOf(event))
	const prefix = "sha256-"
	id := base64.RawURLEncoding.AppendEncode(append(make([]byte, 0, len(prefix)+22), prefix...), sum[:16])
	return textOf(id)
}

// event reads the part `event`.
func (r *reader) event(n *yaml.Node) eventPart {
	var e eventPart
	rooted := exprScope{}
	timed := exprScope{
		signed:   func() expr { e.usesSignedTime = true; return signedTime{} },
		received: func() expr { e.usesReceived = true; return receivedTime{} },
	}
	alternatives := func(n *yaml.Node, what string, scope exprScope) []expr {
		var list []expr
		for _, item := range r.some(n, what) {
			list = append(list, r.expr(item, what, scope))
		}
		return list
	}
	r.mapping(n, "event", block{
		"id":            func(n *yaml.Node) { e.ids = r.idSources(n) },
		"type":          func(n *yaml.Node) { e.types = alternatives(n, "event.type", rooted) },
		"time":          func(n *yaml.Node) { e.time = alternatives(n, "event.time", timed) },
		"time_unstable": func(n *yaml.Node) { e.unstable = r.flag(n, "event.time_unstable") },
		"user":          func(n *yaml.Node) { e.user = alternatives(n, "event.user", rooted) },
		"types":         func(n *yaml.Node) { e.meanings = r.types(n) },
		"when": func(n *yaml.Node) {
			c := r.conditionOf(n, "event.when", rooted, "fields")
			e.when = &c
		},
	}, "id", "type", "time", "user", "types")
	return e
}

// idSources reads event.id: paths, {concat: [paths]}, {hash: body} and {signed: id}.
func (r *reader) idSources(n *yaml.Node) []idSource {
	var sources []idSource
	for _, item := range r.some(n, "event.id") {
		var s idSource
		r.either(item, forms{
			scalar: func(n *yaml.Node) { s.path = r.path(n, "event.id") },
			mapping: func(n *yaml.Node) {
				r.mapping(n, "event.id", block{
					"concat": func(n *yaml.Node) { s.concat = r.paths(n, "event.id.concat") },
					"hash":   func(n *yaml.Node) { s.hash = r.oneOf(n, "event.id.hash", "body") != "" },
					"signed": func(n *yaml.Node) { s.signed = r.oneOf(n, "event.id.signed", "id") != "" },
				})
				r.exactlyOne(n, "event.id: expected a path, concat, hash or signed")
			},
		})
		sources = append(sources, s)
	}
	return sources
}
