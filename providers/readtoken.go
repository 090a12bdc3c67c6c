package providers

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// tokenPart says how a token is had for the key: client credentials of OAuth 2
// (RFC 6749, section 4.4; resource of RFC 8707).
type tokenPart struct {
	path   template     // below api.url
	url    template     // another address, which a param of the operator gives; "" if there is none
	form   []queryParam // beside the grant and the client
	inBody bool         // the client proves itself in the form, not by Authorization: Basic
}

// token reads api.auth.client_credentials.
func (r *reader) token(n *yaml.Node, d *definition) *tokenPart {
	const what = "api.auth.client_credentials"
	declared := func(name string) bool { return name == urlPlaceholder || d.declares(name) }
	t := &tokenPart{}
	named := func(name string) func(*yaml.Node) {
		return func(n *yaml.Node) {
			t.form = append(t.form, queryParam{name, r.template(n, what+"."+name, declared)})
		}
	}
	r.mapping(n, what, block{
		"path":     func(n *yaml.Node) { t.path = r.pathTemplate(n, what+".path", d.declares) },
		"url":      func(n *yaml.Node) { t.url = r.tokenURL(n, what+".url", d) },
		"audience": named("audience"),
		"scope":    named("scope"),
		"resource": named("resource"),
		"params": func(n *yaml.Node) {
			for _, q := range r.query(n, what+".params", d.declares) {
				if slices.Contains([]string{"audience", "client_id", "client_secret", "grant_type", "resource", "scope"}, q.name) {
					r.fault(n, "%s.params: %s has a key of its own, or is set by the grant", what, q.name)
				}
				t.form = append(t.form, q)
			}
		},
		"style": func(n *yaml.Node) { t.inBody = r.oneOf(n, what+".style", "header", "body") == "body" },
	}, "path")
	return t
}

// tokenURL reads the address of tokens where that is another than api.url: a
// secret goes to no host that the operator has not named.
func (r *reader) tokenURL(n *yaml.Node, what string, d *definition) template {
	t := r.template(n, what, d.declares)
	if !strings.HasPrefix(string(t), "{") || strings.HasPrefix(string(t), "{+") {
		r.fault(n, "%s: expected a param that the operator sets: \"{token_url}\"; an address below api.url is written as path", what)
	}
	return t
}

// names returns the params that a token needs. One for another address may be
// missing.
func (a *apiAuth) names() []string {
	if a == nil || a.token == nil {
		return nil
	}
	names := a.token.path.names()
	for _, q := range a.token.form {
		names = append(names, q.value.names()...)
	}
	return append(names, a.token.url.names()...)
}
