package providers

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const authorization = "Authorization"

// apiAuth reads api.auth: one form, or a header and bearer together for APIs
// that want the same key twice.
func (r *reader) apiAuth(n *yaml.Node, d *definition) *apiAuth {
	a, faults := &apiAuth{}, len(r.faults)
	var plain, known authHeader
	r.mapping(n, "api.auth", block{
		"header": func(n *yaml.Node) { plain.name = r.headers(n, "api.auth.header")[0] },
		"prefix": func(n *yaml.Node) { plain.prefix = r.headerValue(n, "api.auth.prefix") },
		"bearer": func(n *yaml.Node) {
			r.oneFlag(n, "api.auth.bearer")
			known = authHeader{name: authorization, prefix: "Bearer "}
		},
		"basic": func(n *yaml.Node) {
			r.oneFlag(n, "api.auth.basic")
			known = authHeader{name: authorization, prefix: "Basic ", base64: true}
			a.pair = true
		},
		"client_credentials": func(n *yaml.Node) {
			a.token = r.token(n, d)
			known = authHeader{name: authorization, prefix: "Bearer "}
			a.pair = true
		},
	})
	for _, h := range []authHeader{plain, known} {
		if h.name != "" {
			a.headers = append(a.headers, h)
		}
	}
	if len(r.faults) == faults {
		r.checkAPIAuth(n, plain, known)
	}
	return a
}

// checkAPIAuth looks at which keys stand together.
func (r *reader) checkAPIAuth(n *yaml.Node, plain, known authHeader) {
	r.oneSet(n, "api.auth: expected header (with prefix, with bearer), bearer, basic or client_credentials",
		[]string{"header"}, []string{"header", "prefix"}, []string{"header", "bearer"}, []string{"header", "prefix", "bearer"},
		[]string{"bearer"}, []string{"basic"}, []string{"client_credentials"})
	if plain.name == authorization && known.name != "" {
		r.fault(n, "api.auth: the key would stand in %s twice: remove bearer, or name another header", authorization)
	}
}

// headerValue reads what stands in a header.
func (r *reader) headerValue(n *yaml.Node, what string) string {
	return r.formed(n, what, "^[ -~]*$", func(value string) string {
		if strings.ContainsFunc(value, func(c rune) bool { return isControl(c) || c > 0x7e }) {
			return "a header holds printable ASCII only"
		}
		return ""
	})
}

// apiHeaders reads api.headers, which go along with every request and are no
// secret.
func (r *reader) apiHeaders(n *yaml.Node) map[string]string {
	ours := []string{
		authorization, contentTypeHeader, "Accept-Encoding", "Connection", "Content-Length", "Cookie", "Host",
		"Proxy-Authorization", "Transfer-Encoding", "User-Agent",
	}
	headers := map[string]string{}
	r.entries(n, "api.headers", func(key, value *yaml.Node) {
		faults := len(r.faults)
		name := textproto.CanonicalMIMEHeaderKey(r.formed(key, "api.headers", headerForm, func(name string) string {
			if !validHeader(name) {
				return fmt.Sprintf("%q is no header name", cut(name))
			}
			return ""
		}))
		switch {
		case len(r.faults) > faults:
		case slices.Contains(ours, name):
			r.fault(key, "api.headers: %s is not for a definition to set; a credential belongs to api.auth", name)
		default:
			headers[name] = r.headerValue(value, "api.headers."+key.Value)
		}
	})
	return headers
}

// checkHeaders compares api.headers with api.auth at the end of the file.
func (r *reader) checkHeaders(n *yaml.Node, a *apiPart) {
	if a.auth == nil {
		return
	}
	for _, h := range a.auth.headers {
		if _, doubled := a.headers[h.name]; doubled {
			r.fault(n, "api.headers: %s holds the credential (api.auth)", h.name)
		}
	}
}
