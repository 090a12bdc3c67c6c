package providerpages

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// proof says how a delivery is proven.
func (d *definition) proof(p *page) {
	p.section("How a delivery is proven")
	for _, check := range items(&d.Verify) {
		if anyOf := member(check, "any"); anyOf != nil {
			var ways []string
			for _, one := range items(anyOf) {
				ways = append(ways, checkWords(one))
			}
			p.line("- One of these: %s.", strings.Join(ways, "; or "))
			continue
		}
		p.line("- By %s.", checkWords(check))
	}
	if d.Redact != nil {
		p.line("\nMembers that are called %s are removed before anything is kept.", codes(d.Redact))
	}
	if d.Reply.Kind != 0 {
		p.line("\nA delivery that was taken is answered %s.", source(&d.Reply))
	}
}

// checkWords names a check and what the operator gives for it.
func checkWords(check *yaml.Node) string {
	text, key := "", "secrets"
	for _, part := range pairs(check) {
		switch part.key {
		case "credential":
			key = part.value.Value
		case "legacy":
			// older forms, which the example of the configuration tells of
		case "hmac":
			text = "an HMAC over the body" + inHeader(part.value)
			if member(part.value, "timestamp") != nil {
				text = "an HMAC over the time and the body" + inHeader(part.value)
			}
		case "secret":
			switch {
			case member(part.value, "bearer") != nil:
				text = "a bearer token"
			case member(part.value, "basic") != nil:
				text = "a user and a password"
			default:
				text = "the secret itself" + inHeader(part.value)
			}
		case "standard_webhooks":
			text = "a signature of Standard Webhooks"
		case "jwt":
			text = "a signed token"
			if member(part.value, "jwks") != nil {
				return text + ", whose public keys usersync fetches from the provider"
			}
		default:
			text = code(part.key)
		}
	}
	return text + ", with " + code(key)
}

// inHeader names the header of a check.
func inHeader(n *yaml.Node) string {
	if header := member(n, "header"); header != nil {
		return " in " + words(header)
	}
	return ""
}
