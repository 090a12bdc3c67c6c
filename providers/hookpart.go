package providers

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// hookPart says how webhooks are registered at a provider.
type hookPart struct {
	steps                string // what a person does, where there is no API or it fails
	list, create         *writeCall
	remove, test         *writeCall
	items                []path   // where the array of a list stands
	modes                []string // how its deliveries can prove themselves; the first is the usual one
	events               []string // to subscribe to, instead of those that event.types maps
	at                   []path   // where an answer has its webhook
	id                   firstSaid
	url, subscribed, how []path
	delivered            []path               // in the answer to a test, whether it was taken
	secrets              map[string]firstSaid // by the key of the settings
}

// The names that the body of a create can be made of.
const (
	hookURL    = "url"
	hookEvents = "events"
	hookMode   = "mode"
)

// webhooks reads the part `webhooks`.
func (r *reader) webhooks(n *yaml.Node, d *definition) *hookPart {
	p := &hookPart{secrets: map[string]firstSaid{}}
	call := func(what, method string, to **writeCall) func(*yaml.Node) {
		return func(n *yaml.Node) {
			*to = r.writeCall(n, "webhooks."+what, method, d, []string{hookURL, hookEvents, hookMode})
		}
	}
	r.mapping(n, "webhooks", block{
		"steps":     func(n *yaml.Node) { p.steps = r.word(n, "webhooks.steps") },
		"list":      call("list", "GET", &p.list),
		"create":    call("create", "POST", &p.create),
		"delete":    call("delete", "DELETE", &p.remove),
		"test":      call("test", "POST", &p.test),
		"items":     func(n *yaml.Node) { p.items = r.paths(n, "webhooks.items") },
		"delivered": func(n *yaml.Node) { p.delivered = r.paths(n, "webhooks.delivered") },
		"modes":     func(n *yaml.Node) { p.modes = r.texts(n, "webhooks.modes") },
		"events":    func(n *yaml.Node) { p.events = r.texts(n, "webhooks.events") },
		"hook": func(n *yaml.Node) {
			p.id = firstSaid{} // where it is missing, that is told already
			r.mapping(n, "webhooks.hook", block{
				"at":     func(n *yaml.Node) { p.at = r.paths(n, "webhooks.hook.at") },
				"id":     func(n *yaml.Node) { p.id = r.itemID(n, "webhooks.hook.id") },
				"url":    func(n *yaml.Node) { p.url = r.paths(n, "webhooks.hook.url") },
				"events": func(n *yaml.Node) { p.subscribed = r.paths(n, "webhooks.hook.events") },
				"status": func(n *yaml.Node) { p.how = r.paths(n, "webhooks.hook.status") },
			}, "id")
		},
		"credentials": func(n *yaml.Node) {
			r.entries(n, "webhooks.credentials", func(key, value *yaml.Node) {
				p.secrets[r.oneOf(key, "webhooks.credentials", "secrets", "bearer")] = r.itemID(value, "webhooks.credentials."+key.Value)
			})
		},
	}, "steps")
	r.later = append(r.later, func() { r.checkWebhooks(n, p, d) })
	return p
}

func (r *reader) checkWebhooks(n *yaml.Node, p *hookPart, d *definition) {
	some := p.list != nil || p.create != nil || p.remove != nil || p.test != nil
	switch {
	case !some && (p.items != nil || p.modes != nil || p.events != nil || p.id != nil || len(p.secrets) > 0):
		r.fault(n, "webhooks: without calls there are only steps")
	case !some:
	case p.list == nil || p.create == nil || p.remove == nil || p.id == nil:
		r.fault(n, "webhooks: expected list, create, delete and hook, or steps alone")
	case d.api.auth == nil:
		r.fault(n, "webhooks: api.auth is missing")
	case len(p.modes) > 0 != p.create.takes(hookMode):
		r.fault(n, "webhooks: modes are for a body of create that takes %s", hookMode)
	case !p.create.takes(hookURL):
		r.fault(n, "webhooks.create.body: nothing takes %s", hookURL)
	}
	if p.delivered != nil && p.test == nil {
		r.fault(n, "webhooks.delivered: there is no test")
	}
	for i, c := range []*writeCall{p.remove, p.test} {
		if c != nil && !slices.Contains(c.call.names(), idPlaceholder) {
			r.fault(n, "webhooks.%s: expected {%s} in path or query", []string{"delete", "test"}[i], idPlaceholder)
		}
	}
}

// names returns the params that the calls mention.
func (p *hookPart) names() []string {
	return slices.Concat(p.list.names(), p.create.names(), p.remove.names(), p.test.names())
}

// subscriptions are the events that a webhook has to be for: those that the
// definition, or the operator's aliases, map by their whole name.
func (p *Provider) subscriptions() []string {
	if p.def.hooks.events != nil {
		return p.def.hooks.events
	}
	var events []string
	for _, m := range slices.Concat(p.aliases, p.def.event.meanings) {
		name := string(m.pattern)
		if !strings.HasSuffix(name, "*") && p.meanings(name).aboutUsers() && !slices.Contains(events, name) {
			events = append(events, name)
		}
	}
	slices.Sort(events)
	return events
}
