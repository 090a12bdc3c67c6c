package providers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// apiPart is what every request to a provider's API has in common.
type apiPart struct {
	url     string            // the base address, or "" if every installation has its own
	auth    *apiAuth          // how a request proves itself
	headers map[string]string // that every request has beside it
	rate    float64           // requests a second, 0 if nothing is known
	params  map[string]param
}

// param is a value that only the operator knows.
type param struct {
	about    string // what to set it to, for an error
	standard string // its value if the operator gives none
	optional bool   // without it, what mentions it is left out of the query
}

// api reads the part `api`.
func (r *reader) api(n *yaml.Node, d *definition) {
	a := &d.api
	a.params = map[string]param{}
	r.mapping(n, "api", block{
		"url": func(n *yaml.Node) {
			a.url = r.checked(n, "api.url", func(address string) string {
				if _, err := baseURL(address); err != nil {
					return err.Error()
				}
				return ""
			})
		},
		"auth": func(n *yaml.Node) { a.auth = r.apiAuth(n, d) },
		"headers": func(n *yaml.Node) {
			a.headers = r.apiHeaders(n)
			r.later = append(r.later, func() { r.checkHeaders(n, a) })
		},
		"rate": func(n *yaml.Node) { a.rate = r.rate(n) },
		"params": func(n *yaml.Node) {
			r.entries(n, "api.params", func(key, value *yaml.Node) { a.params[key.Value] = r.param(key, value) })
		},
	})
}

// param reads one entry of api.params.
func (r *reader) param(key, value *yaml.Node) param {
	what := "api.params." + key.Value
	if !paramName.MatchString(key.Value) || isReserved(key.Value) {
		r.fault(key, "%s: the name must be a word of a-z, 0-9 and _, and not %s", what, strings.Join(reservedNames(), " or "))
	}
	var p param
	r.mapping(value, what, block{
		"about":    func(n *yaml.Node) { p.about = r.text(n, what+".about") },
		"default":  func(n *yaml.Node) { p.standard = r.text(n, what+".default") },
		"optional": func(n *yaml.Node) { p.optional = r.flag(n, what+".optional") },
	}, "about")
	return p
}

// rate reads requests a second.
func (r *reader) rate(n *yaml.Node) (rate float64) {
	if r.schema != nil {
		r.schema.accept(n, keywords{"type": "number", "exclusiveMinimum": 0})
		return 0
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" || n.Decode(&rate) != nil || !(rate > 0) {
		r.fault(n, "api.rate: expected a number of requests a second above 0")
	}
	return rate
}

// settle joins the operator's values with the defaults.
func (a apiPart) settle(given map[string]string) (map[string]string, error) {
	settled := map[string]string{}
	for name, p := range a.params {
		if p.standard != "" {
			settled[name] = p.standard
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, known := a.params[name]; !known {
			if len(a.params) == 0 {
				return nil, fmt.Errorf("api.params: there are none here; remove %q", cut(name))
			}
			return nil, fmt.Errorf("api.params: unknown %q; there are %s", cut(name), strings.Join(slices.Sorted(maps.Keys(a.params)), ", "))
		}
		if given[name] != "" {
			settled[name] = given[name]
		}
	}
	return settled, nil
}

// missing says which of the names have no value, nil if none; optional ones
// are no loss.
func (a apiPart) missing(names []string, settled map[string]string) error {
	for _, name := range names {
		if p := a.params[name]; settled[name] == "" && !p.optional && !isReserved(name) {
			return fmt.Errorf("api.params.%s is missing: set it to %s", name, p.about)
		}
	}
	return nil
}
