package providers

import (
	"fmt"
	"net/http"
	"strings"
)

// unpacking says how a body becomes events.
type unpacking struct {
	format   string
	token    path   // where the token stands in a JSON body; zero: the body is the token
	splits   bool   // the body holds several events
	split    path   // where their array stands; zero: the body is the array
	embedded []path // of an event, where texts stand that hold JSON documents
}

// The formats of a body.
const (
	unpackJSON        = "json"
	unpackCloudEvents = "cloudevents"
	unpackJWT         = "jwt"
)

// part is one event of a request.
type part struct {
	doc     string   // what is read
	payload []byte   // what is kept, fit to be decoded again with the headers kept
	wrong   *problem // why it is not even looked at
}

// unpacked is a request's body, made ready to be read and to be kept.
type unpacked struct {
	parts []part
	each  keptForm // of the parts
	body  []byte   // what is kept of the whole
	form  keptForm
}

// problem is why an event is not understood.
type problem struct {
	reason string // a fixed word
	detail string // for the operator, without payload
}

// The reasons for a dead letter.
const (
	badJSON     = "bad_json"
	badToken    = "bad_token"
	badEnvelope = "bad_envelope"
	tooMany     = "too_many_events"
	noType      = "no_type"
	noUserID    = "no_user_id"
	badUserID   = "bad_user_id"
	noEventID   = "no_event_id"
	badEventID  = "bad_event_id"
	noTime      = "no_time"
	badTime     = "bad_time"
	badField    = "bad_field"
	futureTime  = "future_time"
)

// maxEvents bounds the events of one request: they are merged in one
// transaction, and each takes a few kilobytes while it is.
const maxEvents = 2000

// unpack validates a body and cuts it into events, which are judged one by
// one. It says what may be kept of the body also if that is not understood. The
// tree is left with the document that was validated.
func (d *definition) unpack(doc *tree, header http.Header, body []byte, form keptForm) (unpacked, *problem) {
	switch {
	case form == keptNothing:
		return unpacked{body: body, form: form}, notKept(body)
	case d.unpacking.binary(header):
		return d.unpackBinary(doc, header, body)
	}
	if d.unpacking.format == unpackJWT && form == asSent {
		claims, wrong := d.unpacking.claims(body)
		if wrong != nil {
			return d.unread(body, form, wrong)
		}
		if err := doc.check(claims); err != nil {
			return d.unread(body, form, &problem{badJSON, "the claims of the token: " + err.Error()})
		}
		return d.unpackText(header, claims, keptClaims)
	}
	if err := doc.check(body); err != nil {
		return d.unread(body, form, &problem{badJSON, err.Error()})
	}
	return d.unpackText(header, body, form)
}

// unpackText goes on with a document that was validated.
func (d *definition) unpackText(header http.Header, raw []byte, form keptForm) (unpacked, *problem) {
	doc := textOf(raw)
	if !begins(doc, '{') && !begins(doc, '[') && (d.unpacking.format != unpackCloudEvents || d.redaction != nil) {
		// gjson would look for an object inside of a text.
		return d.unread(raw, form, &problem{badJSON, noContainer})
	}
	u := unpacked{body: raw, form: form, each: form}
	if cleaned := d.redaction.apply(doc); len(cleaned) < len(doc) {
		doc, u.body = cleaned, bytesOf(cleaned)
	}
	from, to := 0, len(doc)
	switch {
	case d.unpacking.format == unpackCloudEvents && form == asSent && modeOf(header) == modeBatch:
		u.each = keptStructured
		if !begins(doc, '[') {
			return d.uncut(u, &problem{badEnvelope, "a CloudEvents batch must be an array"})
		}
	case d.unpacking.splits && form != keptEvent:
		u.each = keptEvent
		var wrong *problem
		if from, to, wrong = d.unpacking.array(doc); wrong != nil {
			return d.uncut(u, wrong)
		}
	default:
		u.parts = []part{d.part(doc, u.body, 0)}
		u.body = u.parts[0].payload
		return u, nil
	}
	return d.several(u, doc, from, to)
}

// noContainer is said of what cannot be an event.
const noContainer = "the body is neither an object nor an array"

// part makes an event of a document that was validated and stands so deep in
// the request. Its payload is what is read, if that is not what was sent.
func (d *definition) part(raw string, payload []byte, depth int) part {
	one := part{doc: raw, payload: payload}
	switch {
	case begins(raw, '{'), begins(raw, '['):
		one.doc, one.wrong = d.embed(raw, depth)
	case d.redaction != nil:
		one.doc = "null" // nothing names what it is
		fallthrough
	case d.unpacking.format != unpackCloudEvents: // of which checkEnvelope has more to say
		one.wrong = &problem{badJSON, noContainer}
	}
	if one.doc != raw {
		one.payload = bytesOf(one.doc)
	}
	return one
}

// several cuts an array that stands in a document into its events.
func (d *definition) several(u unpacked, doc string, from, to int) (unpacked, *problem) {
	changed, depth := false, depthOf(doc[:from])+1
	each := func(raw string) bool {
		one := d.part(raw, bytesOf(raw), depth)
		changed = changed || textOf(one.payload) != raw
		u.parts = append(u.parts, one)
		return len(u.parts) <= maxEvents
	}
	if list := doc[from:to]; begins(list, '[') {
		elementsOf(list, each)
	} else {
		each(strings.TrimSpace(list)) // one event, without an array around it
	}
	if len(u.parts) > maxEvents {
		u.parts = nil
		return d.uncut(u, &problem{tooMany, fmt.Sprintf("one request has more than %d events: have the sender make smaller batches", maxEvents)})
	}
	if changed {
		u.body = joined(doc[:from], u.parts, doc[to:])
	}
	return u, nil
}
