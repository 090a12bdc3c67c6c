package providers

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	usersync "usersync/sync"
)

// Trace is how a request is verified and read, step by step: for whoever writes
// a definition. It holds what the request holds, and no secret.
type Trace struct {
	Checks   []CheckStep        `json:"verify"`
	Rejected string             `json:"rejected,omitempty"` // why it is refused
	Steps    []Step             `json:"steps"`
	Delivery *usersync.Delivery `json:"-"` // what was read, also of a request that is refused
}

// Step is one look at an event.
type Step struct {
	Event int             `json:"event"`          // its number in the request, from 1
	What  string          `json:"what"`           // the key of the definition
	From  string          `json:"from,omitempty"` // the path
	Found string          `json:"found"`          // what stands there: absent, null, a text …
	Value json.RawMessage `json:"value,omitempty"`
	Note  string          `json:"note,omitempty"` // what that means, or what stands there instead
}

// Trace reads a request as Verify and Decode do, and notes what they look at.
func (p *Provider) Trace(r Request) *Trace {
	t, proof := p.traceProof(r)
	w := &watch{trace: t, provider: p}
	t.Delivery = w.watched().Decode(r, proof)
	if letters := t.Delivery.Letters; len(t.Steps) == 0 && len(letters) == 1 && letters[0].Reason == badEnvelope && p.def.unpacking.split.text != "" {
		t.Steps = append(t.Steps, p.missedSplit(t.Delivery.Verified.Body))
	}
	return t
}

// TraceProof verifies a request as Verify does, and reads nothing.
func (p *Provider) TraceProof(r Request) *Trace {
	t, _ := p.traceProof(r)
	t.Steps, t.Delivery = []Step{}, &usersync.Delivery{}
	return t
}

func (p *Provider) traceProof(r Request) (*Trace, Proof) {
	t := &Trace{Checks: p.explainChecks(r)}
	proof, err := p.Verify(r)
	if err != nil {
		t.Rejected = err.Error()
		proof = p.trust(r.Header)
	}
	return t, proof
}

// missedSplit says what a body has in place of an array of events.
func (p *Provider) missedSplit(body []byte) Step {
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(strings.TrimSpace(string(body)))
	split := p.def.unpacking.split
	note := strings.Replace(doc.blame(root, split), "the event", "the body", 1)
	return Step{Event: 1, What: "unpack.split", From: split.text, Found: "no array", Note: note}
}

// watch notes what a provider evaluates.
type watch struct {
	trace    *Trace
	provider *Provider
	event    *reading // the one that is read
	number   int
}

// watched is the provider with expressions that note their values. So the trace
// shows what is really evaluated, in that order.
func (w *watch) watched() *Provider {
	p, def := *w.provider, *w.provider.def
	p.def = &def
	def.event.types = firstSaid(w.each("event.type", def.event.types))
	def.event.time = w.each("event.time", def.event.time)
	p.userIDs = append(firstSaid{watchedIDs{w}}, w.each("event.user", p.userIDs)...)
	for f, x := range p.fields {
		what := "user.fields." + usersync.Field(f).String()
		switch x := x.(type) {
		case nil:
		case firstOf:
			p.fields[f] = firstOf(w.each(what, x))
		default:
			p.fields[f] = watchedExpr{watch: w, what: what, x: x}
		}
	}
	def.user.access = slices.Clone(def.user.access)
	for i, f := range def.user.access {
		def.user.access[i].from = watchedExpr{watch: w, what: "user.access", x: f.from, says: f.told}
	}
	def.user.life = slices.Clone(def.user.life)
	for i, f := range def.user.life {
		def.user.life[i].from = watchedExpr{watch: w, what: "user.life", x: f.from, says: f.told}
	}
	return &p
}

func (w *watch) each(what string, all []expr) []expr {
	var watched []expr
	for _, x := range all {
		watched = append(watched, watchedExpr{watch: w, what: what, x: x})
	}
	return watched
}

// note adds a step of the event that is read.
func (w *watch) note(e *reading, what, from string, v value, note string) {
	if e != w.event {
		w.event = e
		w.number++
	}
	s := Step{Event: w.number, What: what, From: from, Found: v.word(), Value: v.shown(), Note: note}
	switch v.kind {
	case absent:
		s.Found = "absent"
	case invalid:
		s.Found = "not readable"
	}
	w.trace.Steps = append(w.trace.Steps, s)
}

// watchedExpr notes what an expression gives.
type watchedExpr struct {
	*watch
	what string
	x    expr
	says func(e *reading, v value) string // what a flag's value means; nil for what is no flag
}

func (w watchedExpr) eval(e *reading) value {
	v := w.x.eval(e)
	note := ""
	switch {
	case v.kind == absent:
		note = blame(w.x, e)
	case v.kind == invalid:
		note = v.text
	case w.says != nil:
		note = w.says(e, v)
	}
	w.note(e, w.what, exprPlace(w.x), v, note)
	if w.what == "event.type" && v.kind == text {
		w.meaning(e, v.text)
	}
	return v
}

// meaning notes what a type of event stands for.
func (w watchedExpr) meaning(e *reading, name string) {
	named := *e
	named.name = name
	word := w.provider.meanings(name).of(&named).kind.String()
	note := ""
	switch pattern, known := w.provider.patternOf(name); {
	case !known:
		word, note = "ignore", "no entry fits it"
	case word == usersync.KindNone.String():
		word, note = "ignore", "by "+strconv.Quote(string(pattern))
	default:
		note = "by " + strconv.Quote(string(pattern))
	}
	w.note(e, "event.types", name, value{kind: text, text: word}, note)
}

// patternOf is the entry that says what a type of event stands for.
func (p *Provider) patternOf(name string) (pattern, bool) {
	for _, all := range []names[meanings]{p.aliases, p.def.event.meanings} {
		for _, one := range all {
			if one.pattern.matches(name) {
				return one.pattern, true
			}
		}
	}
	return "", false
}

// watchedIDs notes where the id of the event is looked for, which is no
// expression. It names no user itself.
type watchedIDs struct{ *watch }

func (w watchedIDs) eval(e *reading) value {
	for _, source := range w.provider.def.event.ids {
		v, found := source.find(e)
		note := ""
		if !found && v.kind == absent {
			note = source.blame(e)
		}
		w.note(e, "event.id", source.place(), v, note)
		if found {
			break
		}
	}
	return value{}
}
