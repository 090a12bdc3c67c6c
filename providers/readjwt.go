package providers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.yaml.in/yaml/v3"
)

// defaultLeeway is how far a sender's clock may be from ours.
const defaultLeeway = time.Minute

// publicAlgorithms are those that verify with a public key.
var publicAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// jwt reads the block `jwt`.
func (r *reader) jwt(n *yaml.Node, d *definition) jwtScheme {
	j := jwtScheme{rules: tokenRules{leeway: defaultLeeway}}
	declared := func(name string) bool { return name == urlPlaceholder || d.declares(name) }
	r.mapping(n, "jwt", block{
		"in":         func(n *yaml.Node) { j.place = r.tokenPlace(n) },
		"algorithms": func(n *yaml.Node) { j.algorithms = r.algorithms(n) },
		"jwks":       func(n *yaml.Node) { j.source.jwks = r.jwks(n, declared) },
		"issuer":     func(n *yaml.Node) { j.source.issuer = r.template(n, "jwt.issuer", declared) },
		"audience":   func(n *yaml.Node) { j.source.audience = r.template(n, "jwt.audience", declared) },
		"claims":     func(n *yaml.Node) { j.rules.expected = r.claims(n) },
		"max_age":    func(n *yaml.Node) { j.rules.maxAge = r.tolerance(n, "jwt.max_age") },
		"leeway":     func(n *yaml.Node) { j.rules.leeway = r.tolerance(n, "jwt.leeway") },
		"key":        func(n *yaml.Node) { j.key = r.oneOf(n, "jwt.key", "raw", "base64", "hex") },
		"body_hash": func(n *yaml.Node) {
			j.rules.hash = &bodyHash{encoding: "base64"}
			r.mapping(n, "jwt.body_hash", block{
				"claim":    func(n *yaml.Node) { j.rules.hash.claim = r.memberPath(n, "jwt.body_hash.claim") },
				"encoding": func(n *yaml.Node) { j.rules.hash.encoding = r.oneOf(n, "jwt.body_hash.encoding", "hex", "base64") },
			}, "claim", "encoding")
		},
	}, "in", "algorithms")
	r.checkJWT(n, j, d)
	return j
}

// checkJWT refuses what could not verify, or would verify too much.
func (r *reader) checkJWT(n *yaml.Node, j jwtScheme, d *definition) {
	public := slices.ContainsFunc(j.algorithms, func(a jose.SignatureAlgorithm) bool { return !isHMAC(a) })
	secret := slices.ContainsFunc(j.algorithms, isHMAC)
	switch {
	case public && j.source.jwks == "":
		r.fault(n, "jwt: the algorithms need public keys: jwks says where they are")
	case !public && secret && j.source.jwks != "":
		r.fault(n, "jwt: a secret verifies these algorithms, so there is no jwks")
	case !secret && public && j.key != "":
		r.fault(n, "jwt: key says how a secret is written, and none of the algorithms uses one")
	}
	switch {
	case !j.place.beside() && j.rules.hash != nil:
		r.fault(n, "jwt: body_hash is for a token beside the body")
	case j.place.beside() && j.rules.hash == nil && j.source.audience == "":
		r.fault(n, "jwt: a token beside the body must vouch for it (body_hash), or at least be made for us (audience): else any token of the issuer would do")
	}
	r.later = append(r.later, func() {
		if !j.place.beside() && (d.unpacking.format != unpackJWT || d.unpacking.token.text != j.place.field.text) {
			r.fault(n, "jwt: only the token is proven: unpack must read its claims, %s", unpackingOf(j.place))
		}
	})
}

// unpackingOf is how `unpack` reads the claims of a token.
func unpackingOf(place tokenPlace) string {
	if place.body {
		return "unpack: jwt"
	}
	return fmt.Sprintf("unpack: {format: jwt, token: %s}", place.field.text)
}

// tokenPlace reads where a token stands: body, bearer, {field: path} or
// {header: names}.
func (r *reader) tokenPlace(n *yaml.Node) (place tokenPlace) {
	r.either(n, forms{
		scalar: func(n *yaml.Node) {
			switch r.oneOf(n, "jwt.in", "body", "bearer") {
			case "body":
				place.body = true
			case "bearer":
				place.bearer = true
			}
		},
		mapping: func(n *yaml.Node) {
			r.mapping(n, "jwt.in", block{
				"field":  func(n *yaml.Node) { place.field = r.memberPath(n, "jwt.in.field") },
				"header": func(n *yaml.Node) { place.headers = r.headers(n, "jwt.in.header") },
			})
			r.exactlyOne(n, "jwt.in: expected body, bearer, {field: …} or {header: …}")
		},
	})
	return place
}

// algorithms reads the algorithms that a sender uses.
func (r *reader) algorithms(n *yaml.Node) (list []jose.SignatureAlgorithm) {
	known := slices.Concat(publicAlgorithms, hmacAlgorithms)
	for _, item := range r.some(n, "jwt.algorithms") {
		list = append(list, jose.SignatureAlgorithm(r.chosen(item, "jwt.algorithms", known, func(word string) string {
			if strings.EqualFold(word, "none") {
				return "a token without a signature proves nothing"
			}
			return fmt.Sprintf("%q is none of %s", word, strings.Join(known, ", "))
		})))
	}
	return list
}

// jwks reads where the public keys are: a path below api.url, or an address.
func (r *reader) jwks(n *yaml.Node, declared func(string) bool) template {
	text := r.formed(n, "jwt.jwks", "^(/|https://)", func(t string) string {
		if strings.HasPrefix(t, "/") || strings.HasPrefix(t, "https://") {
			return ""
		}
		return "expected a path below api.url, which begins with /, or an address that begins with https://"
	})
	return r.templateOf(n, "jwt.jwks", text, declared)
}

// claims reads what claims must be.
func (r *reader) claims(n *yaml.Node) (expected []expectedClaim) {
	r.entries(n, "jwt.claims", func(key, value *yaml.Node) {
		expected = append(expected, expectedClaim{r.path(key, "jwt.claims"), r.literals(value, "jwt.claims."+key.Value)})
	})
	return expected
}
