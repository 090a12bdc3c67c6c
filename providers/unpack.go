package providers

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
)

// unpacking says how a body becomes events.
type unpacking string

const (
	unpackJSON        unpacking = "json"
	unpackCloudEvents unpacking = "cloudevents"
)

// part is one event of a request.
type part struct {
	doc         string // what is read
	payload     []byte // what is kept, fit to be decoded again with the headers kept
	contentType string // if it is not the request's
}

// problem is why an event is not understood.
type problem struct {
	reason string // a fixed word
	detail string // for the operator, without payload
}

// The reasons for a dead letter.
const (
	badJSON     = "bad_json"
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

// split validates the body and cuts it into events, which are judged one by one.
func (u unpacking) split(header http.Header, body []byte) ([]part, *problem) {
	if u == unpackCloudEvents && modeOf(header) == modeBinary {
		return splitBinary(header, body)
	}
	if err := checkJSON(body); err != nil {
		return nil, &problem{badJSON, err.Error()}
	}
	doc := string(body)
	if u == unpackJSON {
		if parsed := gjson.Parse(doc); !parsed.IsObject() && !parsed.IsArray() {
			// gjson would look for an object inside of a text.
			return nil, &problem{badJSON, "the body is neither an object nor an array"}
		}
		return []part{{doc: doc, payload: body}}, nil
	}
	if modeOf(header) == modeBatch {
		return splitBatch(doc)
	}
	return []part{{doc: doc, payload: body}}, nil
}

// splitBatch cuts a batch into its events.
func splitBatch(doc string) ([]part, *problem) {
	batch := gjson.Parse(doc)
	if !batch.IsArray() {
		return nil, &problem{badEnvelope, "a CloudEvents batch must be an array"}
	}
	var parts []part
	batch.ForEach(func(_, event gjson.Result) bool {
		parts = append(parts, part{doc: event.Raw, payload: []byte(event.Raw), contentType: structuredType})
		return len(parts) <= maxEvents
	})
	if len(parts) > maxEvents {
		return nil, &problem{tooMany, fmt.Sprintf("one request has more than %d events: have the sender make smaller batches", maxEvents)}
	}
	return parts, nil
}

// specversion is where a CloudEvent says that it is one.
var specversion = newPath("specversion")

// checkEnvelope reports what makes a document no CloudEvent.
func checkEnvelope(doc *tree) *problem {
	if !doc.isObject(root) {
		return &problem{badEnvelope, "a CloudEvent must be an object; a batch needs the content type " + batchType}
	}
	switch version := doc.lookup(root, specversion); {
	case version.kind != text || !strings.HasPrefix(version.text, "1."):
		return &problem{badEnvelope, "there is no specversion 1.x: this is no CloudEvent"}
	default:
		return nil
	}
}
