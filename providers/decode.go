package providers

import (
	"strings"
	"time"

	usersync "usersync/sync"
)

// Decode reads what a verified request says. It never fails: an event that is
// not understood becomes a dead letter, alone if the request has several.
func (p *Provider) Decode(r Request, proof Proof) *usersync.Delivery {
	return p.decode(r, proof, asSent)
}

// decode reads a body that came, or was kept, in a form.
func (p *Provider) decode(r Request, proof Proof, form keptForm) *usersync.Delivery {
	doc := trees.Get().(*tree)
	defer doc.release()
	u, wrong := p.def.unpack(doc, r.Header, r.Body, form)
	headers := p.keptHeaders(r, proof, u.form)
	d := &usersync.Delivery{Verified: usersync.Verified{Provider: p.name, ReceivedAt: usersync.MicrosOf(r.ReceivedAt), Headers: headers, Body: u.body}}
	if wrong != nil {
		d.Letters = append(d.Letters, p.letter(r, part{payload: u.body}, headers, wrong))
		return d
	}
	if u.each != u.form {
		headers = p.keptHeaders(r, proof, u.each)
	}
	began := time.Now()
	for i, one := range u.parts {
		if i > 0 && one.wrong == nil && p.script != nil && time.Since(began) > p.script.Limit {
			p.setAside(d, r, one, headers)
			continue
		}
		doc.follow(one.doc)
		p.decodePart(d, r, proof, one, doc, headers)
	}
	if len(u.parts) == 0 {
		d.Ignored++ // an empty batch: the request still needs an outcome
	}
	return d
}

// decodePart reads one event into d.
func (p *Provider) decodePart(d *usersync.Delivery, r Request, proof Proof, one part, doc *tree, headers map[string]string) {
	if one.wrong == nil && p.def.unpacking.format == unpackCloudEvents {
		one.wrong = checkEnvelope(doc)
	}
	if one.wrong != nil {
		d.Letters = append(d.Letters, p.letter(r, one, headers, one.wrong))
		return
	}
	if p.script != nil {
		p.decodeScript(d, r, proof, one, headers)
		return
	}
	e := p.reading(doc, proof)
	if p.def.event.usesReceived { // few events ask for it
		e.received = usersync.MicrosOf(receivedAt(headers, r))
	}
	c := usersync.Command{
		ReceivedAt: usersync.MicrosOf(r.ReceivedAt),
		Origin:     r.Origin,
		Unstable:   p.def.event.unstable,
		Payload:    one.payload,
		Headers:    headers,
	}
	c.Provider = p.name
	ignored, wrong := p.read(e, &c)
	switch {
	case wrong != nil:
		letter := p.letter(r, one, headers, wrong)
		letter.EventID, letter.UserID = c.EventID, c.UserID
		if wrong.reason == futureTime {
			letter.DueAt = c.OccurredAt - usersync.Micros(p.maxFuture.Microseconds())
		}
		d.Letters = append(d.Letters, letter)
	case ignored:
		d.Ignored++
	default:
		d.Commands = append(d.Commands, c)
	}
}

// reading begins to read an event.
func (p *Provider) reading(doc *tree, proof Proof) *reading {
	e := &reading{doc: doc}
	if p.stamp != nil {
		e.signed.text, e.signed.format = proof.Timestamp, p.stamp.format
	}
	e.signed.id = proof.ID
	return e
}

// read fills the command. The type comes first: an event that is not about a
// user needs no user.
func (p *Provider) read(e *reading, c *usersync.Command) (ignored bool, wrong *problem) {
	if p.def.event.when != nil && !p.def.event.when.holds(e) {
		return true, nil
	}
	if e.name, wrong = eventName(p.def.event.types.eval(e)); wrong != nil {
		return false, wrong
	}
	means := p.meanings(e.name).of(e)
	if means.kind == usersync.KindNone {
		return true, nil
	}
	e.kind, c.Kind = means.kind, means.kind

	var wrongID *problem
	c.EventID, wrongID = p.eventID(e)
	if c.UserID, wrong = p.userID(e); wrong == nil {
		wrong = wrongID
	}
	if wrong != nil {
		return false, wrong
	}
	if c.OccurredAt, wrong = p.occurredAt(e); wrong != nil {
		return false, wrong
	}
	if ahead := c.OccurredAt - c.ReceivedAt; ahead > usersync.Micros(p.maxFuture.Microseconds()) {
		return false, &problem{futureTime, "it lies " + c.OccurredAt.Time().Sub(c.ReceivedAt.Time()).String() + " ahead of our clock"}
	}
	e.at = c.OccurredAt
	e.user = objectAt(e.doc, p.def.user.at)
	return false, p.profile(e, c, means)
}

// profile fills in the columns and the assertions.
func (p *Provider) profile(e *reading, c *usersync.Command, means meaning) (wrong *problem) {
	for f := range p.fields {
		if p.fields[f] == nil {
			continue
		}
		field := usersync.Field(f)
		if c.Fields[f], wrong = column(field, p.fields[f].eval(e)); wrong != nil {
			return wrong
		}
	}
	c.UpdatedAt = c.Fields[usersync.FieldProviderUpdatedAt].Micros()
	c.Access = means.access
	if wrong = p.def.user.tellAccess(e, c, p.fields[usersync.FieldSuspendedUntil] != nil); wrong != nil {
		return wrong
	}
	c.Life = p.def.user.lifeOf(e)
	c.Redact = p.redact && (c.Kind == usersync.KindDeleted || c.Life == usersync.LifeDeleted)
	c.Thin = means.fetch || isThin(c)
	return nil
}

// eventName reads the sender's name of the event.
func eventName(v value) (string, *problem) {
	switch {
	case v.kind == absent:
		return "", &problem{noType, "the event names no type"}
	case v.kind != text:
		return "", &problem{noType, "the type is " + v.word() + ", not a text"}
	case strings.TrimSpace(v.text) == "":
		return "", &problem{noType, "the type is empty"}
	default:
		return v.text, nil
	}
}

// meanings finds what a type stands for: the operator's aliases first. Types
// that nobody maps are not about a user; senders add some at any time.
func (p *Provider) meanings(name string) meanings {
	if m, ok := p.aliases.find(name); ok {
		return m
	}
	m, _ := p.def.event.meanings.find(name)
	return m
}

// userID reads the id of the user, at the operator's paths first.
func (p *Provider) userID(e *reading) (string, *problem) { return readUserID(p.userIDs.eval(e)) }

// readUserID checks what names a user.
func readUserID(v value) (string, *problem) {
	if v.kind == absent || v.kind == null || v.kind == text && v.text == "" {
		return "", &problem{noUserID, "the event names no user"}
	}
	id, wrong := checkID(v)
	if wrong != "" {
		return "", &problem{badUserID, "the user id is refused: " + wrong}
	}
	return id, nil
}

// eventID reads the id of the event.
func (p *Provider) eventID(e *reading) (string, *problem) {
	for _, source := range p.def.event.ids {
		v, ok := source.find(e)
		if !ok {
			continue
		}
		id, wrong := checkID(v)
		if wrong != "" {
			return "", &problem{badEventID, "the event id is refused: " + wrong}
		}
		return id, nil
	}
	return "", &problem{noEventID, "the event has no id"}
}

// occurredAt reads when the event happened. Null says nothing about that, so
// there the next place is tried.
func (p *Provider) occurredAt(e *reading) (usersync.Micros, *problem) {
	for _, source := range p.def.event.time {
		switch v := asTime(source.eval(e), formatRFC3339); v.kind {
		case absent, null:
		case instant:
			return v.at, nil
		default:
			return 0, &problem{badTime, "the time of the event: " + v.text}
		}
	}
	return 0, &problem{noTime, "the event has no time"}
}
