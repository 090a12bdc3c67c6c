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
func (r *reader) verify(n *yaml.Node) []check {
	var checks []check
	for element, item := range r.items(n) {
		for _, alternative := range r.alternatives(item) {
			c := r.check(alternative)
			c.element = element
			checks = append(checks, c)
		}
	}
	if len(r.items(n)) == 0 {
		r.fault(n, "verify: the list is empty")
	}
	return checks
}

// alternatives returns what one element of verify consists of.
func (r *reader) alternatives(n *yaml.Node) []*yaml.Node {
	alternatives := []*yaml.Node{n}
	if n.Kind != yaml.MappingNode || !slices.ContainsFunc(n.Content, func(key *yaml.Node) bool { return key.Value == "any" }) {
		return alternatives
	}
	r.mapping(n, "verify", block{"any": func(n *yaml.Node) {
		alternatives = n.Content
		if n.Kind != yaml.SequenceNode || len(alternatives) < 2 {
			r.fault(n, "verify.any: expected a list of at least two elements")
			alternatives = nil
		}
	}})
	return alternatives
}

// check reads one element of verify.
func (r *reader) check(n *yaml.Node) check {
	c := check{credential: "secrets"}
	schemes := 0
	one := func(read func(*yaml.Node) scheme) func(*yaml.Node) {
		return func(n *yaml.Node) { c.scheme = read(n); schemes++ }
	}
	r.mapping(n, "verify", block{
		"hmac":              one(func(n *yaml.Node) scheme { return r.hmac(n) }),
		"secret":            one(func(n *yaml.Node) scheme { return r.secret(n) }),
		"standard_webhooks": one(func(n *yaml.Node) scheme { return r.standardWebhooks(n) }),
		"any":               one(func(n *yaml.Node) scheme { r.fault(n, "verify.any: an alternative has none of its own"); return nil }),
		"credential":        func(n *yaml.Node) { c.credential = r.oneOf(n, "verify.credential", "secrets", "bearer") },
		"legacy": func(n *yaml.Node) {
			for _, older := range r.items(n) {
				r.mapping(older, "verify.legacy", block{
					"hmac": func(n *yaml.Node) { c.legacy = append(c.legacy, r.legacy(n)) },
				}, "hmac")
			}
		},
	})
	if schemes != 1 && n.Kind == yaml.MappingNode {
		r.fault(n, "verify: expected one of hmac, secret and standard_webhooks, or any")
	}
	return c
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
