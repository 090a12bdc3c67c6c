package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"usersync/providers"
)

//go:embed keys.yaml
var keySentences []byte

// form is what a single value looks like, in the keywords of JSON Schema.
type form string

// The forms stand beside the functions of parse.go, which judge.
const (
	scalarForm   form = `{"type": ["string", "number", "boolean"]}`
	textForm     form = `{"type": "string"}`
	boolForm     form = `{"enum": [true, false, "true", "false"]}`
	countForm    form = `{"type": ["integer", "string"], "minimum": 0, "pattern": "^\\+?[0-9]+$"}`
	sizeForm     form = `{"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9.,]+ *[A-Za-z]*$"}`
	documentForm form = `{"type": "object"}`
	durationForm form = `{"type": ["string", "integer"], "maximum": 0, "minimum": 0, "pattern": "^(0|[0-9]+d|\\+?([0-9.]+(ns|us|µs|μs|ms|s|m|h))+)$"}`
	shareForm    form = `{"type": ["string", "integer"], "minimum": 0, "pattern": "^ *[0-9.]+ *%? *$"}`
)

// variable is a text with a variable, which may stand for any single value.
const variable = `{"type": "string", "pattern": "\\$\\{"}`

// Schema returns the JSON Schema of a configuration, made of the shape by which
// it is read; that of a definition is in it.
func Schema() (map[string]any, error) {
	d, err := newDescriber()
	if err != nil {
		return nil, err
	}
	definition, err := providers.Schema(true)
	if err != nil {
		return nil, err
	}
	defs, _ := definition["$defs"].(map[string]any)
	delete(definition, "$schema")
	delete(definition, "$defs")
	defs["own_definition"] = definition
	schema := d.section(rootShape(), "")
	schema["$schema"], schema["title"], schema["$defs"] = providers.Dialect, "usersync: configuration", defs
	// Through JSON, so that all of it has the types that JSON has.
	text, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	clear(schema)
	return schema, json.Unmarshal(text, &schema)
}

// describer makes a schema of shapes.
type describer struct {
	sentences map[string]string // about keys, a * for a free one
	asked     map[string]bool
}

func newDescriber() (*describer, error) {
	d := &describer{sentences: map[string]string{}, asked: map[string]bool{}}
	if err := yaml.Unmarshal(keySentences, &d.sentences); err != nil {
		return nil, fmt.Errorf("keys.yaml: %w", err)
	}
	return d, nil
}

// describe is what may stand at p. A value that is null counts as not given.
func (d *describer) describe(s *shape, p path) map[string]any {
	switch {
	case s.keys != nil || s.table != nil:
		return d.section(s, p)
	case s.list != nil:
		list := map[string]any{"type": "array", "items": d.single(s.list, p)}
		if s.list.barrier {
			return list
		}
		return map[string]any{"anyOf": []any{list, null()}}
	default:
		return d.single(s, p)
	}
}

func null() map[string]any { return map[string]any{"type": "null"} }

// single is what a single value may be.
func (d *describer) single(s *shape, p path) map[string]any {
	ways := []any{json.RawMessage(s.form), json.RawMessage(variable), null()}
	if s.tree {
		ways = append(ways, map[string]any{"$ref": "#/$defs/own_definition"})
	}
	if words := d.words(p); words != nil {
		ways[0] = map[string]any{"enum": words}
	}
	return map[string]any{"anyOf": ways}
}

// words are those of which a value must be one, nil for others.
func (d *describer) words(p path) []string {
	switch p {
	case logLevelKey:
		return logLevels()
	case logFormatKey:
		return logFormats()
	case providersKey.child("*").child("type"):
		return providers.Types()
	default:
		return nil
	}
}

// section is a mapping of known or of free keys.
func (d *describer) section(s *shape, p path) map[string]any {
	section := map[string]any{"type": []string{"object", "null"}}
	if s.table != nil {
		section["additionalProperties"] = d.describe(s.table, p.child("*"))
		return section
	}
	properties := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(s.keys)) {
		at := p.child(key)
		inner := d.describe(s.keys[key], at)
		inner["description"] = d.sentence(s.keys[key], at)
		properties[key] = inner
	}
	section["properties"], section["additionalProperties"] = properties, false
	return section
}

// sentence is what a key is for. The twin of a secret needs none of its own.
func (d *describer) sentence(s *shape, p path) string {
	if s.file != "" {
		return "A file that holds " + s.file + ", instead of it."
	}
	key := p.String()
	d.asked[key] = true
	return d.sentences[key]
}
