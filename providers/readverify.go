package providers

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// verify reads the part `verify`, a list of elements. Each is a check, or `any`
// and a list of checks.
func (r *reader) verify(n *yaml.Node, d *definition) []check {
	var checks []check
	for number, item := range r.some(n, "verify") {
		for _, c := range r.element(item, d, true) {
			c.element = number
			checks = append(checks, c)
		}
	}
	return checks
}

// element reads one element of verify, or one alternative of it, which has none
// of its own.
func (r *reader) element(n *yaml.Node, d *definition, top bool) []check {
	var c check
	var alternatives []check
	wanted, beside := "verify: expected one of hmac, jwt, secret and standard_webhooks", []string{"credential", "legacy"}
	keys := block{
		"hmac":              func(n *yaml.Node) { c.scheme = r.hmac(n) },
		"jwt":               func(n *yaml.Node) { c.scheme = r.jwt(n, d) },
		"secret":            func(n *yaml.Node) { c.scheme = r.secret(n) },
		"standard_webhooks": func(n *yaml.Node) { c.scheme = r.standardWebhooks(n) },
		"credential":        func(n *yaml.Node) { c.credential = r.oneOf(n, "verify.credential", "secrets", "bearer") },
		"legacy": func(n *yaml.Node) {
			for _, older := range r.items(n) {
				r.mapping(older, "verify.legacy", block{
					"hmac": func(n *yaml.Node) { c.legacy = append(c.legacy, r.legacy(n)) },
				}, "hmac")
			}
		},
	}
	if top {
		wanted += ", or any"
		keys["any"] = func(n *yaml.Node) {
			if n.Kind == yaml.MappingNode || n.Kind == yaml.ScalarNode || n.Kind == yaml.SequenceNode && len(n.Content) < 2 {
				r.fault(n, "verify.any: expected a list of at least two elements")
				return
			}
			for _, item := range r.elements(n) {
				alternatives = append(alternatives, r.element(item, d, false)...)
			}
		}
	}
	r.mapping(n, "verify", keys)
	r.exactlyOne(n, wanted, beside...)
	j, token := c.scheme.(jwtScheme)
	secret := !token || slices.ContainsFunc(j.algorithms, isHMAC)
	switch {
	case alternatives != nil:
		if c.credential != "" || c.legacy != nil {
			r.fault(n, "verify.any: credential and legacy belong to the alternatives")
		}
		return alternatives
	case c.credential != "" && !secret:
		r.fault(n, "verify: there is no credential: the algorithms of the tokens use no secret")
	case c.credential == "" && secret:
		c.credential = "secrets"
	}
	return []check{c}
}

// standardWebhooks reads the block `standard_webhooks`.
func (r *reader) standardWebhooks(n *yaml.Node) webhookScheme {
	w := webhookScheme{stamp: &timestamp{format: formatSeconds, tolerance: defaultTolerance}}
	prefixes := []string{"webhook"}
	r.mapping(n, "standard_webhooks", block{
		"prefix":    func(n *yaml.Node) { prefixes = r.headers(n, "standard_webhooks.prefix") },
		"tolerance": func(n *yaml.Node) { w.stamp.tolerance = r.tolerance(n, "standard_webhooks.tolerance") },
	})
	for _, prefix := range prefixes {
		prefix = textproto.CanonicalMIMEHeaderKey(prefix)
		w.prefixes = append(w.prefixes, prefix)
		w.stamp.headers = append(w.stamp.headers, prefix+"-Timestamp")
	}
	return w
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
