package providers

import (
	"fmt"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// scriptPart is a script that stands for the parts event and user.
type scriptPart struct {
	definition string // the file of the definition
	line       int    // of it, where the script is named
	path       string // of the script's file, as it stands there
}

// script reads the part `script`.
func (r *reader) script(n *yaml.Node) *scriptPart {
	name := r.checked(n, "script", func(name string) string {
		if filepath.Ext(name) != ".js" || filepath.Base(name) == ".js" {
			return "expected the name of a file that ends in .js"
		}
		return ""
	})
	return &scriptPart{r.file, n.Line, name}
}

// hasKey reports whether a mapping has a key.
func hasKey(n *yaml.Node, key string) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// alone refuses the parts for which a script stands.
func (r *reader) alone(n *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if part := n.Content[i].Value; part == "event" || part == "user" {
			r.fault(n.Content[i], "%s: the script says this: remove it, or the script", part)
		}
	}
}

// name is what errors call the script: its file, without the folders.
func (s *scriptPart) name() string { return filepath.Base(s.path) }

// fault is something to change in the definition.
func (s *scriptPart) fault(format string, args ...any) error {
	return DefinitionFault{s.definition, s.line, "script: " + fmt.Sprintf(format, args...)}
}
