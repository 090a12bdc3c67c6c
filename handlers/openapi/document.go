// Package openapi describes the APIs of the admin listener: that for operators and that
// for the app.
package openapi

import (
	"embed"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// The document is written in parts, each for who changes it.
//
//go:embed *.yaml
var parts embed.FS

// Document is the OpenAPI document, as JSON.
func Document() ([]byte, error) {
	files, err := parts.ReadDir(".")
	if err != nil {
		return nil, err
	}
	whole := map[string]any{}
	for _, file := range files {
		text, err := parts.ReadFile(file.Name())
		if err != nil {
			return nil, err
		}
		var part map[string]any
		if err := yaml.Unmarshal(text, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		if err := join(whole, part); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	return json.Marshal(whole)
}

// join adds a part to the whole: objects are joined, nothing else may stand in both.
func join(whole, part map[string]any) error {
	for key, value := range part {
		old, there := whole[key]
		if !there {
			whole[key] = value
			continue
		}
		into, isObject := old.(map[string]any)
		from, areObjects := value.(map[string]any)
		if !isObject || !areObjects {
			return fmt.Errorf("%s stands in another part as well", key)
		}
		if err := join(into, from); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}
