package providers

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Dialect is the version of JSON Schema.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

//go:embed keys.yaml
var keySentences []byte

// Schema returns the JSON Schema of definitions. One that extends another may
// leave everything out, and removes with null. With variables, ${NAME} may
// stand for single values, as in the configuration.
func Schema(variables bool) (map[string]any, error) {
	d, err := describeDefinition(variables)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(keywords{
		"$schema": Dialect,
		"title":   "usersync: definition of a provider",
		"$defs":   d.defs,
		"type":    "object",
		"if":      keywords{"required": []string{extendsKey}},
		"then":    keywords{"$ref": "#/$defs/definition_override"},
		"else":    keywords{"$ref": "#/$defs/definition"},
	})
	if err != nil {
		return nil, err
	}
	var schema map[string]any
	return schema, json.Unmarshal(text, &schema)
}

// describeDefinition describes whole definitions and such as extend another.
func describeDefinition(variables bool) (*describer, error) {
	sentences := map[string]string{}
	if err := yaml.Unmarshal(keySentences, &sentences); err != nil {
		return nil, fmt.Errorf("keys.yaml: %w", err)
	}
	d := &describer{
		spots:     map[*yaml.Node]*spot{},
		defs:      map[string]*spot{},
		abouts:    abouts{sentences: sentences, asked: map[string]bool{}},
		variables: variables,
	}
	if variables {
		d.defs[variableName] = &spot{ways: []any{keywords{"type": "string", "pattern": `\$\{`}}}
	}
	r := &reader{schema: d}
	for _, patch := range []bool{false, true} {
		r.define(d.probe("definition", patch), "definition", "definition", func(n *yaml.Node, _ string) {
			r.definition(n, &definition{})
		})
	}
	return d, nil
}
