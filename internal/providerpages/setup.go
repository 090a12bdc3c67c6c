package providerpages

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// setUp says what an operator does, and what the configuration is.
func (d *definition) setUp(p *page) {
	p.section("Set it up")
	p.line("1. Put this into the configuration, and start usersync:\n")
	p.line("   ```yaml")
	for line := range strings.SplitSeq(strings.TrimSpace(d.configuration()), "\n") {
		p.line("   %s", line)
	}
	p.line("   ```\n")
	switch {
	case d.fetchesKeys() && len(d.credentials()) > 0:
		p.line("   `api.url` is also where the keys come from that prove a signed token, which counts beside other credentials only with `jwt`.")
	case d.fetchesKeys():
		p.line("   `api.url` is also where the keys come from that prove a delivery: it must be there. `api.key` is for what usersync asks, below; leave it out if it shall not.")
	case d.hasAPI():
		p.line("   `api` is for what usersync asks of it, below; leave it out if it shall not.")
	}
	if d.about.API != "" {
		p.line("   %s.", strings.TrimSuffix(d.about.API, "."))
	}
	p.line("2. The URL of the webhook is `https://HOST/webhooks/%s`, with the name that the provider has in the configuration.", d.typ)
	if d.Webhooks.Steps != "" {
		p.line("   By hand: %s.", strings.TrimSuffix(d.Webhooks.Steps, "."))
	}
	if d.Webhooks.Create.Kind != 0 {
		p.line("   With its API: `usersync webhooks create %s`.", d.typ)
	}
	for _, h := range items(&d.Handshake) {
		p.line("   Before it delivers, it %s. Have usersync run, and reachable, by then.", handshakeWords(h))
	}
	p.line("3. Subscribe to %s.", codes(d.about.Events))
	p.line("4. The secret: %s.", strings.TrimSuffix(d.about.Secret, "."))
	if d.List != nil {
		p.line("\nThen run `usersync backfill %s`.", d.typ)
	}
}

// handshakeWords says what a handshake is.
func handshakeWords(h *yaml.Node) string {
	challenge := member(h, "challenge")
	switch {
	case challenge == nil:
		return "asks with the OPTIONS request of CloudEvents' HTTP 1.1 Web Hooks whether it may, and usersync says yes; it never calls the callback"
	case member(challenge, "header") != nil:
		return "sends a GET with a challenge in the header " + words(member(challenge, "header")) + ", which usersync answers"
	default:
		return "sends a challenge, which usersync answers if the secret fits"
	}
}

// configuration is the section of the configuration.
func (d *definition) configuration() string {
	var b strings.Builder
	line := func(text string) { b.WriteString(text + "\n") }
	prefix := strings.ToUpper(d.typ)
	line("providers:")
	line("  " + d.typ + ":")
	line("    type: " + d.typ)
	credentials := d.credentials()
	for _, c := range credentials {
		name, comment := prefix+"_WEBHOOK_SECRET", ""
		if c == "bearer" {
			name = prefix + "_WEBHOOK_TOKEN"
		}
		if len(credentials) > 1 || d.fetchesKeys() {
			comment = " # leave it out if the webhook has none"
		}
		line("    " + c + `: ["${` + name + `}"]` + comment)
	}
	if d.hasAPI() {
		line("    api:")
		if d.API.URL == "" {
			line("      url: " + d.ownURL())
		}
		line(`      key: "${` + prefix + `_API_KEY}"` + d.keyComment())
		d.params(line)
	}
	return b.String()
}

// credentials are the keys of the settings that prove a delivery, in the order
// of the definition.
func (d *definition) credentials() []string {
	var keys []string
	seen := map[string]bool{}
	var see func(checks []*yaml.Node)
	see = func(checks []*yaml.Node) {
		for _, check := range checks {
			if anyOf := member(check, "any"); anyOf != nil {
				see(items(anyOf))
				continue
			}
			if jwt := member(check, "jwt"); jwt != nil && member(jwt, "jwks") != nil {
				continue // its keys are public, and fetched
			}
			key := "secrets"
			if named := member(check, "credential"); named != nil {
				key = named.Value
			}
			if !seen[key] {
				keys = append(keys, key)
			}
			seen[key] = true
		}
	}
	see(items(&d.Verify))
	return keys
}

// hasAPI reports whether the provider is asked for anything.
func (d *definition) hasAPI() bool {
	return d.fetchesKeys() || d.List != nil || d.Fetch != nil || d.Webhooks.Create.Kind != 0 || d.Write != nil && d.Write.None == ""
}

// fetchesKeys reports whether what proves a delivery is fetched.
func (d *definition) fetchesKeys() bool { return strings.Contains(source(&d.Verify), "jwks:") }

// ownURL is the address of an installation of one's own.
func (d *definition) ownURL() string {
	if d.readsDatabase() {
		return `"postgres://reader@db.example.com/` + d.typ + `"` + " # its own database, and a role that may SELECT"
	}
	return `"https://auth.example.com"` + " # the address of your own"
}

// keyComment says what api.key holds.
func (d *definition) keyComment() string {
	switch {
	case d.readsDatabase():
		return " # the password of that role"
	case member(&d.API.Auth, "basic") != nil:
		return " # id:secret"
	case member(&d.API.Auth, "client_credentials") != nil:
		return " # client id:client secret"
	default:
		return ""
	}
}

// params lists api.params: those that must be given, and the others as comments.
func (d *definition) params(line func(string)) {
	params := pairs(&d.API.Params)
	if len(params) == 0 {
		return
	}
	mark := "#"
	for _, param := range params {
		if required(param.value) {
			mark = ""
		}
	}
	line("      " + mark + "params:")
	in := "      " + mark + "  "
	for _, param := range params {
		about := member(param.value, "about")
		text := param.key + ": "
		switch standard := member(param.value, "default"); {
		case required(param.value):
			text += strings.ToUpper(param.key)
		case standard != nil:
			text += standard.Value
		default:
			text += strings.ToUpper(param.key)
		}
		if mark == "" && !required(param.value) {
			text = "#" + text
		}
		if about != nil {
			text += " # " + about.Value
		}
		line(in + text)
	}
}

// required reports whether a param must be given.
func required(param *yaml.Node) bool {
	optional := member(param, "optional")
	return member(param, "default") == nil && (optional == nil || optional.Value != "true")
}
