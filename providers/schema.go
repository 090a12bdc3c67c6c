package providers

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// dialect is the version of JSON Schema.
const dialect = "https://json-schema.org/draft/2020-12/schema"

//go:embed keys.yaml
var keySentences []byte

// Schema returns the JSON Schema of definitions. One that extends another may
// leave everything out, and removes with null.
func Schema() ([]byte, error) {
	d, err := describeDefinition()
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(keywords{
		"$schema": dialect,
		"title":   "usersync: definition of a provider",
		"$defs":   d.defs,
		"if":      keywords{"required": []string{"extends"}},
		"then":    keywords{"$ref": "#/$defs/definition_override"},
		"else":    keywords{"$ref": "#/$defs/definition"},
	}, "", "  ")
}

// describeDefinition describes whole definitions and such as extend another.
func describeDefinition() (*describer, error) {
	sentences := map[string]string{}
	if err := yaml.Unmarshal(keySentences, &sentences); err != nil {
		return nil, fmt.Errorf("keys.yaml: %w", err)
	}
	d := &describer{
		spots:  map[*yaml.Node]*spot{},
		defs:   map[string]*spot{},
		abouts: abouts{sentences: sentences, asked: map[string]bool{}},
	}
	r := &reader{schema: d}
	for _, patch := range []bool{false, true} {
		r.define(d.probe("definition", patch), "definition", "definition", func(n *yaml.Node, _ string) {
			r.definition(n, &definition{})
		})
	}
	return d, nil
}
