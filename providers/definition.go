package providers

import (
	"embed"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed definitions/*.yaml
var builtin embed.FS

// Types returns the names of the built-in definitions, sorted.
func Types() []string {
	entries, err := builtin.ReadDir("definitions")
	if err != nil {
		return nil
	}
	var types []string
	for _, e := range entries {
		types = append(types, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(types)
	return types
}

// definition is one provider type, compiled from its file.
type definition struct {
	extends   string // the type that it was laid over, or ""
	about     *About // nil where nobody is told: in the operator's own
	checks    []check
	unpacking unpacking
	redaction redaction
	event     eventPart
	user      userPart
	script    *scriptPart // instead of event and user
	samples   []sampleTemplate

	api      apiPart
	calls    calls
	variants []*variant
	hooks    *hookPart

	handshakes []handshake
	reply      *Reply // nil for the receipt
}

// loadDefinition compiles a built-in definition.
func loadDefinition(name string) (*definition, error) {
	data, err := Source(name)
	if err != nil {
		return nil, unknownType(name)
	}
	return compile(definitionFile(name), data)
}

// definitionFile is where a built-in definition stands.
func definitionFile(name string) string { return "definitions/" + name + ".yaml" }

// compile reads a built-in definition, which must have samples. The error joins
// all faults, each beginning with file and line.
func compile(file string, data []byte) (*definition, error) {
	r := &reader{file: file, sampled: true}
	root := r.root(data)
	if root == nil {
		return nil, r.err()
	}
	if root = r.extended(root); root == nil {
		return nil, r.err()
	}
	return r.compile(root)
}

// compile reads a whole definition.
func (r *reader) compile(root *yaml.Node) (*definition, error) {
	d := &definition{extends: r.extends}
	r.definition(root, d)
	for _, check := range r.later {
		check()
	}
	r.checkSigned(root, d)
	if len(r.faults) > 0 {
		return nil, r.err()
	}
	return d, nil
}

// definition reads the parts.
func (r *reader) definition(n *yaml.Node, d *definition) {
	parts := block{
		// It was followed before; here it is for the schema.
		extendsKey: func(n *yaml.Node) { r.builtIn(n, nil) },

		"about":   func(n *yaml.Node) { d.about = r.about(n) },
		"verify":  func(n *yaml.Node) { d.checks = r.verify(n, d) },
		"unpack":  func(n *yaml.Node) { d.unpacking = r.unpack(n) },
		"redact":  func(n *yaml.Node) { d.redaction = r.redact(n) },
		"event":   func(n *yaml.Node) { d.event = r.event(n) },
		"user":    func(n *yaml.Node) { d.user = r.user(n) },
		"script":  func(n *yaml.Node) { d.script = r.script(n) },
		"samples": func(n *yaml.Node) { d.samples = r.samples(n) },

		"api":      func(n *yaml.Node) { r.api(n, d) },
		"variants": func(n *yaml.Node) { r.variants(n, d) },
		"webhooks": func(n *yaml.Node) { d.hooks = r.webhooks(n, d) },

		"handshake": func(n *yaml.Node) { d.handshakes = r.handshakes(n) },
		"reply":     func(n *yaml.Node) { d.reply = r.reply(n) },
	}
	maps.Copy(parts, r.calls(&d.calls, d))
	required := []string{"verify", "unpack"}
	if r.schema == nil && !hasKey(n, "script") {
		required = append(required, "event", "user")
	}
	if r.sampled {
		required = append(required, "samples")
	}
	r.mapping(n, "definition", parts, required...)
	if r.schema != nil {
		r.schema.instead(n, [][]string{{"event", "user"}, {"script"}})
	}
	if d.script != nil {
		r.alone(n)
	}
}
