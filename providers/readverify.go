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
	for element, item := range r.some(n, "verify") {
		for _, c := range r.element(item, d) {
			c.element = element
			checks = append(checks, c)
		}
	}
	return checks
}

// element reads what one element of verify consists of.
func (r *reader) element(n *yaml.Node, d *definition) []check {
	var c check
	var alternatives []check
	keys := r.checkKeys(&c, d)
	keys["any"] = func(n *yaml.Node) { alternatives = r.anyOf(n, d) }
	r.mapping(n, "verify", keys)
	r.exactlyOne(n, "verify: expected one of hmac, jwt, secret and standard_webhooks, or any", "credential", "legacy")
	if alternatives == nil {
		return []check{r.credited(n, c)}
	}
	if len(n.Content) > 2 {
		r.fault(n, "verify: beside any there is nothing: credential and legacy belong to its elements")
	}
	return alternatives
}

// anyOf reads verify.any.
func (r *reader) anyOf(n *yaml.Node, d *definition) []check {
	alternatives := []check{}
	for _, item := range r.elementsOf(n, 2, "verify.any: expected a list of at least two elements") {
		var c check
		r.mapping(item, "verify", r.checkKeys(&c, d))
		r.exactlyOne(item, "verify: expected one of hmac, jwt, secret and standard_webhooks", "credential", "legacy")
		alternatives = append(alternatives, r.credited(item, c))
	}
	return alternatives
}

// credited says which key of the settings holds the credentials, if there are
// some: the tokens of a public key need none.
func (r *reader) credited(n *yaml.Node, c check) check {
	j, token := c.scheme.(jwtScheme)
	switch public := token && !slices.ContainsFunc(j.algorithms, isHMAC); {
	case public && c.credential != "":
		r.fault(n, "verify: there is no credential: the algorithms of the tokens use no secret")
	case !public && c.credential == "":
		c.credential = "secrets"
	}
	return c
}

// checkKeys are the keys of one check.
func (r *reader) checkKeys(c *check, d *definition) block {
	return block{
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
	for _, item := range r.some(n, what) {
		name := r.formed(item, what, headerForm, func(name string) string {
			if validHeader(name) {
				return ""
			}
			return fmt.Sprintf("%q is no header name", name)
		})
		list = append(list, textproto.CanonicalMIMEHeaderKey(name))
	}
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// headerForm is validHeader for the schema.
const headerForm = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"

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
