package providerpages

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"usersync/providers"
)

// definition is what a page tells of a definition. Its keys are those of the
// file; what no page tells is not here.
type definition struct {
	typ   string
	about providers.About

	Verify yaml.Node `yaml:"verify"`
	Event  struct {
		When  yaml.Node `yaml:"when"`
		Types yaml.Node `yaml:"types"`
	} `yaml:"event"`
	User   user     `yaml:"user"`
	Script string   `yaml:"script"`
	Redact []string `yaml:"redact"`
	API    struct {
		URL    string    `yaml:"url"`
		Auth   yaml.Node `yaml:"auth"`
		Rate   float64   `yaml:"rate"`
		Params yaml.Node `yaml:"params"`
	} `yaml:"api"`
	List     *call     `yaml:"list"`
	Fetch    *call     `yaml:"fetch"`
	Write    *write    `yaml:"write"`
	Variants yaml.Node `yaml:"variants"`
	Webhooks struct {
		Steps  string    `yaml:"steps"`
		Create yaml.Node `yaml:"create"`
	} `yaml:"webhooks"`
	Handshake yaml.Node `yaml:"handshake"`
	Reply     yaml.Node `yaml:"reply"`
}

// user says which column each part of a profile belongs to.
type user struct {
	At     yaml.Node `yaml:"at"`
	Fields yaml.Node `yaml:"fields"`
	Access yaml.Node `yaml:"access"`
	Life   yaml.Node `yaml:"life"`
}

// call is a list or a fetch.
type call struct {
	SQL  yaml.Node `yaml:"sql"`
	Size struct {
		Max int `yaml:"max"`
	} `yaml:"size"`
	Since  yaml.Node `yaml:"since"`
	Detail string    `yaml:"detail"`
	User   own       `yaml:"user"`
}

// own is a user part, or the word same.
type own struct {
	same bool
	user
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (o *own) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		o.same = true
		return nil
	}
	return n.Decode(&o.user)
}

// write says what can be written.
type write struct {
	None   string    `yaml:"none"`
	Create yaml.Node `yaml:"create"`
	Update yaml.Node `yaml:"update"`
	Ban    yaml.Node `yaml:"ban"`
}

// read reads the definition of a type.
func read(typ string) (*definition, error) {
	about, ok := providers.Describe(typ)
	if !ok {
		return nil, fmt.Errorf("%s has no part about", typ)
	}
	source, err := providers.Source(typ)
	if err != nil {
		return nil, err
	}
	return parse(typ, about, source)
}

// parse reads the text of a definition.
func parse(typ string, about providers.About, source []byte) (*definition, error) {
	d := &definition{typ: typ, about: about}
	if err := yaml.Unmarshal(source, d); err != nil {
		return nil, fmt.Errorf("%s: %w", typ, err)
	}
	return d, nil
}

// pair is a member of a mapping.
type pair struct {
	key   string
	value *yaml.Node
}

// pairs returns the members of a mapping in the order of the file; of anything
// else there are none.
func pairs(n *yaml.Node) []pair {
	var all []pair
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			all = append(all, pair{n.Content[i].Value, n.Content[i+1]})
		}
	}
	return all
}

// member returns the member of a mapping, nil if there is none.
func member(n *yaml.Node, key string) *yaml.Node {
	for _, p := range pairs(n) {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// items returns the elements of a list; anything else that is there is a list
// of one.
func items(n *yaml.Node) []*yaml.Node {
	switch n.Kind {
	case 0:
		return nil
	case yaml.SequenceNode:
		return n.Content
	default:
		return []*yaml.Node{n}
	}
}
