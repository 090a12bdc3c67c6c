package providers

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// OwnDefinition is a definition that an operator wrote: in the configuration, or in a
// file of its own.
type OwnDefinition struct {
	File string     // as faults name it
	Line int        // where it begins
	Root *yaml.Node // what is written there
}

// ParseDefinition reads the file of a definition. The error names the file.
func ParseDefinition(file string, data []byte) (*OwnDefinition, error) {
	r := &reader{file: file}
	root := r.root(data)
	if root == nil {
		return nil, r.err()
	}
	return &OwnDefinition{File: file, Line: root.Line, Root: root}, nil
}

// Scripted reports whether it has a script of its own.
func (s *OwnDefinition) Scripted() bool { return hasKey(s.Root, "script") }

// DefinitionFault is something to change in a definition.
type DefinitionFault struct {
	File    string
	Line    int // 0 where the parser names none
	Message string
}

// Error implements error.
func (f DefinitionFault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.Message
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message)
}

// compile reads an operator's definition. Samples are for those who try it, and
// it need have none.
func (s *OwnDefinition) compile() (*definition, error) {
	r := &reader{file: s.File}
	root := r.extended(s.Root)
	if root == nil {
		return nil, r.err()
	}
	return r.compile(root)
}

// definitionOf finds the definition that the settings name, and the word that
// its provider is of.
func (s Settings) definitionOf(name string) (def *definition, typ string, err error) {
	if s.Definition == nil {
		def, err = loadDefinition(s.Type)
		return def, s.Type, err
	}
	if def, err = s.Definition.compile(); err != nil {
		return nil, "", err
	}
	if typ = name; def.extends != "" {
		typ = def.extends
	}
	if s.Type != "" && s.Type != def.extends {
		return nil, "", errors.New("type: the definition says what this provider is: remove the type, or write extends: TYPE in the definition to change a built-in one")
	}
	return def, typ, nil
}
