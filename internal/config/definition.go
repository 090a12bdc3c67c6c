package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"usersync/providers"
)

// Definition is where a provider's own definition stands. The zero Definition
// is none.
type Definition struct {
	file string // beside the configuration file
	line int    // of the configuration file, for one that stands there
}

// String is the file's name, or says that it stands in the configuration.
func (d Definition) String() string {
	if d.line > 0 {
		return fmt.Sprintf("(in line %d)", d.line)
	}
	return d.file
}

func parseDefinition(text string) (any, error) { return Definition{file: text}, nil }

// inTree is the text of a place where a tree stands. No file has this name.
const inTree = "\x00"

// tree is a section that this package does not read key by key.
type tree struct {
	root   *yaml.Node
	hidden *strings.Replacer // of what variables stand for, in faults
	faults []treeFault
}

type treeFault struct {
	line    int
	message string
}

// readTree keeps a section as it is written, with its variables replaced. What
// is wrong with them counts only if no higher layer names a file instead.
func (l *loader) readTree(node *yaml.Node, p path) string {
	l.origins[p] = origin{file: l.file, line: node.Line}
	t := &tree{root: node}
	var shown []string
	l.expandTree(node, t, &shown)
	t.hidden = strings.NewReplacer(shown...)
	l.trees[p] = t
	return inTree
}

// expandTree replaces the variables of all values. The text of a plain one is
// then read as YAML would: a number from a variable is a number.
func (l *loader) expandTree(node *yaml.Node, t *tree, shown *[]string) {
	if problem := foreign(node); problem != "" {
		t.faults = append(t.faults, treeFault{node.Line, problem})
		return
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if problem := foreign(node.Content[i]); problem != "" {
				t.faults = append(t.faults, treeFault{node.Content[i].Line, problem})
			}
			l.expandTree(node.Content[i+1], t, shown)
		}
	case yaml.SequenceNode:
		for _, item := range node.Content {
			l.expandTree(item, t, shown)
		}
	case yaml.ScalarNode:
		if !strings.Contains(node.Value, "${") {
			return
		}
		text, err := expand(node.Value, l.environment, func(name string) {
			l.named[name] = true
			if value := l.environment[name]; value != "" {
				*shown = append(*shown, value, "${"+name+"}")
			}
		})
		if err != nil {
			t.faults = append(t.faults, treeFault{node.Line, err.Error()})
			return
		}
		node.Value = text
		if node.Style == 0 {
			node.Tag = ""
			node.Tag = node.ShortTag()
		}
	}
}

// findDefinition gives a provider the definition of its own, if it has one. It
// returns false after a fault.
func (l *loader) findDefinition(p path, provider *Provider) bool {
	at := p.child("definition")
	t := l.trees[at]
	switch {
	case provider.Definition.file == "":
		return !l.isBlamed(at)
	case provider.Definition.file == inTree && t != nil:
		for _, f := range t.faults {
			l.faultAt(origin{file: l.file, line: f.line}, at, "%s", f.message)
		}
		provider.Definition = Definition{line: t.root.Line}
		provider.Settings.Definition = &providers.OwnDefinition{File: l.file, Line: t.root.Line, Root: t.root}
		return len(t.faults) == 0
	default:
		return l.readDefinition(at, provider)
	}
}

// readDefinition reads a definition's file, which stands beside that of the
// configuration. Its variables are not replaced: it is the same for everyone.
func (l *loader) readDefinition(at path, provider *Provider) bool {
	name := provider.Definition.file
	if !filepath.IsAbs(name) && l.file != "" && !l.noFile {
		name = filepath.Join(filepath.Dir(l.file), name)
	}
	text, err := l.read(name, maxFile)
	if err != nil {
		if slices.Contains(providers.Types(), provider.Definition.file) {
			l.fault(at, "this is the name of a built-in type: write type: %[1]s in place of it, or definition: {extends: %[1]s, …} to change it", provider.Definition.file)
			return false
		}
		l.fault(at, "cannot read the file: %v; a relative path begins at the directory of the configuration", err)
		return false
	}
	source, err := providers.ParseDefinition(name, text)
	if err != nil {
		l.definitionFaults(at, err)
		return false
	}
	provider.Settings.Definition = source
	return true
}

// definitionFaults reports what is wrong in a definition, each in its file and
// line, and returns what is no such fault.
func (l *loader) definitionFaults(at path, err error) (others []error) {
	hidden := strings.NewReplacer()
	if t := l.trees[at]; t != nil {
		hidden = t.hidden
	}
	for _, one := range leaves(err) {
		fault, is := one.(providers.DefinitionFault) //nolint:errorlint // leaves wrap nothing
		if !is {
			others = append(others, one)
			continue
		}
		l.faultAt(origin{file: fault.File, line: fault.Line}, at, "%s", hideQuoted(hidden.Replace(fault.Message), isNoToken))
	}
	return others
}

// What a secret may look like that was pasted into a definition, alone or in a
// URL.
var (
	token  = pattern(`[A-Za-z0-9+/=_-]{16,}`)
	issued = pattern(`(?:^|[^A-Za-z])(?:whsec|sk|pk)[_-]`)
)

// isNoToken reports whether a value of a definition may be shown. Definitions
// are full of paths and templates, so more than words may.
func isNoToken(value string) bool {
	if isWord(value) {
		return true
	}
	looksRandom := func(run string) bool { return len(digits().FindAllString(run, fewDigits)) > 2 }
	return !issued().MatchString(value) && !slices.ContainsFunc(token().FindAllString(value, -1), looksRandom)
}
