package providers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// defaultTolerance is how far a signed timestamp may be from our clock.
const defaultTolerance = 5 * time.Minute

// hmac reads the block `hmac`.
func (r *reader) hmac(n *yaml.Node) (h hmacScheme) {
	r.define(n, "hmac", "hmac", func(n *yaml.Node, _ string) { h = r.hmacBlock(n) })
	return h
}

func (r *reader) hmacBlock(n *yaml.Node) hmacScheme {
	h := hmacScheme{algorithm: "sha256", encoding: "hex", content: []piece{{kind: pieceBody}}}
	listed := "" // the name of the timestamp in the list that the header holds
	r.mapping(n, "hmac", block{
		"header":    func(n *yaml.Node) { h.headers = r.headers(n, "hmac.header") },
		"algorithm": func(n *yaml.Node) { h.algorithm = r.oneOf(n, "hmac.algorithm", "sha256", "sha512", "sha1") },
		"content":   func(n *yaml.Node) { h.content = r.content(n) },
		"encoding":  func(n *yaml.Node) { h.encoding = r.oneOf(n, "hmac.encoding", "hex", "base64") },
		"prefix":    func(n *yaml.Node) { h.prefixes = r.texts(n, "hmac.prefix") },
		"fields":    func(n *yaml.Node) { listed, h.member = r.signatureFields(n) },
		"key":       func(n *yaml.Node) { h.key = r.oneOf(n, "hmac.key", "raw", "base64", "hex") },
		"timestamp": func(n *yaml.Node) { h.timestamp = r.timestamp(n) },
	}, "header")
	r.placeTime(n, &h, listed)
	switch {
	case h.member == "" && h.prefixes == nil:
		h.prefixes = []string{""}
	case h.member != "" && h.prefixes != nil:
		r.fault(n, "hmac: prefix and fields are two ways to write a signature; choose one")
	}
	signed := false
	for _, p := range h.content {
		signed = signed || p.kind == pieceTimestamp
	}
	switch {
	case signed && h.timestamp == nil:
		r.fault(n, "hmac: content has {timestamp}, but there is no timestamp block")
	case !signed && h.timestamp != nil:
		r.fault(n, "hmac: there is a timestamp block, but content has no {timestamp}: it would not be signed")
	}
	return h
}

// content reads the template of what is signed.
func (r *reader) content(n *yaml.Node) []piece {
	var pieces []piece
	rest := r.text(n, "hmac.content")
	if !strings.Contains(rest, "{body}") {
		r.fault(n, "hmac.content: {body} must be signed")
	}
	for rest != "" {
		literal, tail, found := strings.Cut(rest, "{")
		if literal != "" {
			pieces = append(pieces, piece{kind: pieceLiteral, literal: literal})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(tail, "}")
		switch {
		case closed && name == "body":
			pieces = append(pieces, piece{kind: pieceBody})
		case closed && name == "timestamp":
			pieces = append(pieces, piece{kind: pieceTimestamp})
		default:
			r.fault(n, "hmac.content: only {timestamp} and {body} stand in braces")
			return pieces
		}
		rest = after
	}
	return pieces
}

// signatureFields reads the block `fields`: how the members of the header's
// list are named that hold the timestamp, if it has one, and the signatures.
func (r *reader) signatureFields(n *yaml.Node) (timestamp, signature string) {
	name := func(n *yaml.Node, what string) string {
		return r.formed(n, what, headerForm, func(name string) string {
			if validHeader(name) {
				return ""
			}
			return fmt.Sprintf("%q is no name of a field", name)
		})
	}
	r.mapping(n, "hmac.fields", block{
		"timestamp": func(n *yaml.Node) { timestamp = name(n, "hmac.fields.timestamp") },
		"signature": func(n *yaml.Node) { signature = name(n, "hmac.fields.signature") },
	}, "signature")
	if timestamp != "" && timestamp == signature {
		r.fault(n, "hmac.fields: the timestamp and the signatures need names of their own")
	}
	return timestamp, signature
}

// placeTime settles whether the timestamp stands in a header of its own or in
// the list.
func (r *reader) placeTime(n *yaml.Node, h *hmacScheme, listed string) {
	switch {
	case h.timestamp == nil:
		if listed != "" {
			r.fault(n, "hmac: fields has a timestamp, but there is no timestamp block that says how it is written")
		}
	case listed == "" && h.timestamp.headers == nil:
		r.fault(n, "hmac.timestamp: the key \"header\" is missing")
	case listed != "" && h.timestamp.headers != nil:
		r.fault(n, "hmac.timestamp: the timestamp stands in fields, so it has no header")
	case listed != "":
		h.timestamp.headers, h.timestamp.member = h.headers, listed
	}
}

// timestamp reads the block `timestamp`.
func (r *reader) timestamp(n *yaml.Node) *timestamp {
	t := &timestamp{format: formatRFC3339, tolerance: defaultTolerance}
	r.mapping(n, "hmac.timestamp", block{
		"header": func(n *yaml.Node) { t.headers = r.headers(n, "hmac.timestamp.header")[:1] },
		"format": func(n *yaml.Node) {
			t.format = timeFormat(r.oneOf(n, "hmac.timestamp.format", string(formatRFC3339), string(formatSeconds), string(formatMillis)))
		},
		"tolerance": func(n *yaml.Node) { t.tolerance = r.tolerance(n, "hmac.timestamp.tolerance") },
	})
	return t
}

// durationForm is what a duration looks like, for the schema.
const durationForm = `^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)([0-9.]+(ns|us|µs|μs|ms|s|m|h))*$`

// tolerance reads how far a signed timestamp may be from our clock.
func (r *reader) tolerance(n *yaml.Node, what string) (tolerance time.Duration) {
	if r.schema == nil && n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		r.fault(n, "%s: %q has no unit: write a duration such as 5m", what, n.Value)
		return 0
	}
	r.formed(n, what, durationForm, func(written string) string {
		var err error
		if tolerance, err = time.ParseDuration(written); err != nil || tolerance <= 0 {
			return fmt.Sprintf("%q is no duration such as 5m", written)
		}
		return ""
	})
	return tolerance
}

// legacy reads an older form of a signature, made with the same secret.
func (r *reader) legacy(n *yaml.Node) hmacScheme {
	h := r.hmac(n)
	if h.key != "" {
		r.fault(n, "verify.legacy: key stands in the element itself: the secret is the same")
	}
	return h
}

// checkSigned refuses what event takes from a signature that has no such thing.
func (r *reader) checkSigned(root *yaml.Node, d *definition) {
	var formats []timeFormat
	signsID := false
	for _, c := range d.checks {
		if stamp := c.stamp(); stamp != nil {
			formats = append(formats, stamp.format)
			for _, older := range c.legacy {
				if older.timestamp != nil {
					formats = append(formats, older.timestamp.format)
				}
			}
		}
		_, standard := c.scheme.(webhookScheme)
		signsID = signsID || standard
	}
	switch formats = slices.Compact(formats); {
	case len(formats) == 1:
	case d.script != nil && len(formats) > 1:
		r.fault(root, "script: its clock shows the signed time, and the elements of verify write their timestamps in different formats")
	case !d.event.usesSignedTime:
	case len(formats) == 0:
		r.fault(root, "event.time: signed: no element of verify signs a timestamp")
	default:
		r.fault(root, "event.time: signed: the elements of verify write their timestamps in different formats")
	}
	usesSignedID := slices.ContainsFunc(d.event.ids, func(s idSource) bool { return s.signed })
	if usesSignedID && !signsID {
		r.fault(root, "event.id: signed: only standard_webhooks signs an id")
	}
	if usesSignedID && d.unpacking.splits {
		r.fault(root, "event.id: signed: with unpack.split all events of a request would have one id: take it from the event")
	}
}
