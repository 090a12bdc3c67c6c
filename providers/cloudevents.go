package providers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The media types of the CloudEvents HTTP binding 1.0.2.
const (
	batchType      = "application/cloudevents-batch"
	structuredType = "application/cloudevents+json"
)

// attributePrefix begins the name of a header that holds a CloudEvents
// attribute, in the canonical form of net/http.
const attributePrefix = "Ce-"

// eventMode is how a request carries CloudEvents.
type eventMode uint8

const (
	modeStructured eventMode = iota // the body is the event, also under plain JSON
	modeBatch                       // the body is an array of events
	modeBinary                      // the attributes stand in headers, the body is the data
)

// modeOf finds the mode. The batch type is tested first, since the structured
// type is nearly its beginning.
func modeOf(header http.Header) eventMode {
	contentType := strings.ToLower(header.Get("Content-Type"))
	switch {
	case strings.HasPrefix(contentType, batchType):
		return modeBatch
	case strings.HasPrefix(contentType, "application/cloudevents"):
		return modeStructured
	case len(header.Values("Ce-Specversion")) > 0:
		return modeBinary
	default:
		return modeStructured
	}
}

// binary reports whether the event of a request stands in its headers.
func (u *unpacking) binary(header http.Header) bool {
	return u.format == unpackCloudEvents && modeOf(header) == modeBinary
}

// unpackBinary reads a binary event as the structured one that it stands for,
// which is also what is kept if anything in it is replaced.
func (d *definition) unpackBinary(tree *tree, header http.Header, body []byte) (unpacked, *problem) {
	doc, wrong := structured(header, body)
	switch {
	case wrong != nil:
		return d.unread(body, asSent, wrong)
	case d.redaction != nil || d.unpacking.embedded != nil:
		if err := tree.check(doc); err != nil { // deeper by one
			return d.unread(body, asSent, &problem{badJSON, err.Error()})
		}
		return d.unpackText(nil, doc, keptStructured)
	default:
		return unpacked{parts: []part{{doc: textOf(doc), payload: body}}, body: body}, nil
	}
}

// structured writes a binary event as the structured document that it stands
// for, so that a definition needs to know one form only.
func structured(header http.Header, body []byte) ([]byte, *problem) {
	if len(body) > 0 {
		if err := checkJSON(body); err != nil {
			return nil, &problem{badJSON, err.Error()}
		}
	}
	written := []byte{'{'}
	for _, name := range attributeHeaders(header) {
		if len(header[name]) != 1 {
			return nil, &problem{badEnvelope, "header " + cut(name) + " stands there more than once"}
		}
		value, wrong := decodeAttribute(header[name][0])
		if wrong != "" {
			return nil, &problem{badEnvelope, "header " + cut(name) + ": " + wrong}
		}
		written = appendString(written, strings.ToLower(name[len(attributePrefix):]))
		written = append(appendString(append(written, ':'), value), ',')
	}
	written = append(written, `"datacontenttype":`...)
	written = appendString(written, strings.ToValidUTF8(header.Get(contentTypeHeader), "\ufffd"))
	if len(body) > 0 {
		written = append(append(written, `,"data":`...), body...)
	}
	return append(written, '}'), nil
}

// attributeHeaders returns the headers that hold attributes, sorted. Names
// that no attribute can have are no attributes, and data is the body.
func attributeHeaders(header http.Header) []string {
	var found []string
	for name := range header {
		attribute, ok := strings.CutPrefix(name, attributePrefix)
		attribute = strings.ToLower(attribute)
		if ok && attribute != "data" && attribute != "datacontenttype" && attribute != "" && !strings.ContainsFunc(attribute, notAttribute) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

func notAttribute(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9')
}

// decodeAttribute undoes what the binding does to a header's value: quotes
// first, then one round of percent-decoding, which must give UTF-8.
func decodeAttribute(written string) (value, wrong string) {
	if strings.ContainsFunc(written, isControl) && utf8.ValidString(written) {
		return "", "it has a control character"
	}
	if len(written) >= 2 && written[0] == '"' && written[len(written)-1] == '"' {
		written = unquote(written[1 : len(written)-1])
	}
	var decoded strings.Builder
	for i := 0; i < len(written); i++ {
		if written[i] != '%' {
			decoded.WriteByte(written[i])
			continue
		}
		if i+3 > len(written) {
			return "", "a percent sign without two hex digits"
		}
		octet, err := strconv.ParseUint(written[i+1:i+3], 16, 8)
		if err != nil {
			return "", "a percent sign without two hex digits"
		}
		decoded.WriteByte(byte(octet))
		i += 2
	}
	if !utf8.ValidString(decoded.String()) {
		return "", "it is not UTF-8"
	}
	return decoded.String(), ""
}

// unquote takes the backslashes out of a quoted string of RFC 9110.
func unquote(s string) string {
	var plain strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		plain.WriteByte(s[i])
	}
	return plain.String()
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
