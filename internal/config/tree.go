package config

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// readNode reads what stands at p. It returns a map[string]any, a []string or
// a string, and false if nothing stands there, or nothing that may.
func (l *loader) readNode(node *yaml.Node, p path, s *shape) (any, bool) {
	from := origin{file: l.file, line: node.Line}
	if problem := foreign(node); problem != "" {
		l.faultAt(from, p, "%s", problem)
		return nil, false
	}
	if node.ShortTag() == "!!null" {
		if s.list != nil && s.list.barrier {
			return []string{""}, true // not the same as [], which says anywhere
		}
		// A name with nothing under it is still a name.
		return map[string]any{}, s.keys != nil || s.table != nil
	}
	switch {
	case s.document:
		if node.Kind == yaml.MappingNode {
			return l.readDocument(node, p)
		}
	case s.keys != nil || s.table != nil:
		if node.Kind == yaml.MappingNode {
			return l.readSection(node, p, s), true
		}
	case s.list != nil:
		if node.Kind == yaml.SequenceNode {
			return l.readList(node, p, s.list), true
		}
	case s.tree && node.Kind == yaml.MappingNode:
		return l.readTree(node, p), true
	case node.Kind == yaml.ScalarNode:
		return l.readText(node, p), true
	}
	l.faultAt(from, p, "%s", s.wanted())
	return nil, false
}

func (l *loader) readSection(node *yaml.Node, p path, s *shape) map[string]any {
	section := map[string]any{}
	first := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		from := origin{file: l.file, line: name.Line}
		if problem := foreign(name); problem != "" {
			l.faultAt(from, p, "%s", problem)
			continue
		}
		if name.Kind != yaml.ScalarNode {
			l.faultAt(from, p, "a key must be a plain word")
			continue
		}
		key := name.Value
		held, known := s.member(key)
		if !known {
			l.unknownKey(from, p, key, s)
			continue
		}
		if line, twice := first[key]; twice {
			l.faultAt(from, p.child(key), "given twice, first in line %d: remove one", line)
			continue
		}
		first[key] = name.Line
		l.origins.section(p.child(key), from)
		if read, ok := l.readNode(value, p.child(key), held); ok {
			section[key] = read
		}
	}
	return section
}

func (l *loader) readList(node *yaml.Node, p path, member *shape) []string {
	texts := []string{}
	for _, item := range node.Content {
		at := p.child(strconv.Itoa(len(texts)))
		l.origins.section(at, origin{file: l.file, line: item.Line})
		text, ok := l.readNode(item, at, member)
		switch {
		case ok:
			texts = append(texts, text.(string))
		case item.ShortTag() == "!!null":
			texts = append(texts, "") // a member, but an empty one
		}
	}
	return texts
}

// readText expands the variables of one value. If that fails the layers above
// may still replace the value, so it is not yet a fault.
func (l *loader) readText(node *yaml.Node, p path) string {
	from := origin{file: l.file, line: node.Line}
	text, err := expand(node.Value, l.environment, func(name string) { l.named[name] = true })
	if err != nil {
		from.problem = err.Error()
	}
	l.origins[p] = from
	return text
}
