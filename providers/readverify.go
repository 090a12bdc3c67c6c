package providers

import (
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// defaultTolerance is how far a signed timestamp may be from our clock.
const defaultTolerance = 5 * time.Minute

// verify reads the part `verify`, a list of checks.
func (r *reader) verify(n *yaml.Node) []check {
	var checks []check
	for _, item := range r.items(n) {
		c := check{credential: "secrets"}
		r.mapping(item, "verify", block{
			"hmac":       func(n *yaml.Node) { c.scheme = r.hmac(n) },
			"secret":     func(n *yaml.Node) { c.scheme = r.secret(n) },
			"credential": func(n *yaml.Node) { c.credential = r.oneOf(n, "verify.credential", "secrets", "bearer") },
			"legacy": func(n *yaml.Node) {
				for _, older := range r.items(n) {
					r.mapping(older, "verify.legacy", block{
						"hmac": func(n *yaml.Node) { c.legacy = append(c.legacy, r.hmac(n)) },
					}, "hmac")
				}
			},
		})
		if c.scheme == nil && item.Kind == yaml.MappingNode {
			r.fault(item, "verify: expected hmac or secret")
		}
		checks = append(checks, c)
	}
	if len(checks) == 0 {
		r.fault(n, "verify: the list is empty")
	}
	return checks
}

// hmac reads the block `hmac`.
func (r *reader) hmac(n *yaml.Node) hmacScheme {
	h := hmacScheme{algorithm: "sha256", encoding: "hex", prefixes: []string{""}, content: []piece{{kind: pieceBody}}}
	r.mapping(n, "hmac", block{
		"header":    func(n *yaml.Node) { h.headers = r.headers(n, "hmac.header") },
		"algorithm": func(n *yaml.Node) { h.algorithm = r.oneOf(n, "hmac.algorithm", "sha256", "sha512") },
		"content":   func(n *yaml.Node) { h.content = r.content(n) },
		"encoding":  func(n *yaml.Node) { h.encoding = r.oneOf(n, "hmac.encoding", "hex", "base64") },
		"prefix":    func(n *yaml.Node) { h.prefixes = r.texts(n, "hmac.prefix") },
		"timestamp": func(n *yaml.Node) { h.timestamp = r.timestamp(n) },
	}, "header")
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

// timestamp reads the block `timestamp`.
func (r *reader) timestamp(n *yaml.Node) *timestampHeader {
	t := &timestampHeader{format: formatRFC3339, tolerance: defaultTolerance}
	r.mapping(n, "hmac.timestamp", block{
		"header": func(n *yaml.Node) { t.name = r.headers(n, "hmac.timestamp.header")[0] },
		"format": func(n *yaml.Node) {
			t.format = timeFormat(r.oneOf(n, "hmac.timestamp.format", string(formatRFC3339), string(formatSeconds), string(formatMillis)))
		},
		"tolerance": func(n *yaml.Node) {
			r.checked(n, "hmac.timestamp.tolerance", func(written string) string {
				var err error
				if t.tolerance, err = time.ParseDuration(written); err != nil || t.tolerance <= 0 {
					return fmt.Sprintf("%q is no duration such as 5m", written)
				}
				return ""
			})
		},
	}, "header")
	return t
}

// secret reads the block `secret`: {header: X}, {bearer: true} or {basic: true}.
func (r *reader) secret(n *yaml.Node) secretScheme {
	s := secretScheme{header: "Authorization"}
	r.mapping(n, "secret", block{
		"header": func(n *yaml.Node) { s.header = r.headers(n, "secret.header")[0] },
		"bearer": func(n *yaml.Node) { r.oneFlag(n, "secret.bearer"); s.form = secretBearer },
		"basic":  func(n *yaml.Node) { r.oneFlag(n, "secret.basic"); s.form = secretBasic },
	})
	r.exactlyOne(n, "secret: expected one of header, bearer and basic")
	return s
}

// headers reads one header name or several, in their canonical form. The list
// is never empty.
func (r *reader) headers(n *yaml.Node, what string) []string {
	var list []string
	for _, item := range r.items(n) {
		name := r.checked(item, what, func(name string) string {
			if validHeader(name) {
				return ""
			}
			return fmt.Sprintf("%q is no header name", name)
		})
		list = append(list, textproto.CanonicalMIMEHeaderKey(name))
	}
	if len(list) == 0 {
		r.fault(n, "%s: the list is empty", what)
		return []string{""}
	}
	return list
}

// validHeader reports whether a text is a token of RFC 9110.
func validHeader(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}
