package providers

import (
	"go.yaml.in/yaml/v3"
)

// About is what a definition says of its provider to people: docs/providers is
// made of it. Every text is one sentence or a few.
type About struct {
	Name       string   // as its users call it
	Facts      string   // which documentation or source the definition follows, and of when
	Events     []string // what to subscribe to, in the provider's own words
	Secret     string   // where the operator finds what proves a delivery
	API        string   // what api.url and api.key are, and where they are had; or ""
	Cannot     []string // what the provider cannot say
	Unverified []string // what its documentation leaves open
}

// about reads the part `about`.
func (r *reader) about(n *yaml.Node) *About {
	a := &About{}
	r.mapping(n, "about", block{
		"name":       func(n *yaml.Node) { a.Name = r.word(n, "about.name") },
		"facts":      func(n *yaml.Node) { a.Facts = r.word(n, "about.facts") },
		"events":     func(n *yaml.Node) { a.Events = r.words(n, "about.events") },
		"secret":     func(n *yaml.Node) { a.Secret = r.word(n, "about.secret") },
		"api":        func(n *yaml.Node) { a.API = r.word(n, "about.api") },
		"cannot":     func(n *yaml.Node) { a.Cannot = r.words(n, "about.cannot") },
		"unverified": func(n *yaml.Node) { a.Unverified = r.words(n, "about.unverified") },
	}, "name", "facts", "events", "secret")
	return a
}

// Describe returns what a built-in definition says of its provider, and whether
// it says anything.
func Describe(typ string) (a About, ok bool) {
	d, err := loadDefinition(typ)
	if err != nil || d.about == nil {
		return About{}, false
	}
	return *d.about, true
}

// Source returns the YAML of a built-in definition.
func Source(typ string) ([]byte, error) { return builtin.ReadFile(definitionFile(typ)) }
