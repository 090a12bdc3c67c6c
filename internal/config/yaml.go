package config

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML turns the text of the file into sections, lists and texts, reports
// what does not belong there, and records the line of every key. It returns
// false if the text is not one section.
func (l *loader) readYAML(text []byte) (map[string]any, bool) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, true // empty, or nothing but comments
	}
	if err != nil {
		l.syntaxFault(err, text)
		return nil, false
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		l.faultAt(origin{file: l.file, line: second.Line}, "", "more than one document: remove the --- and what follows it")
	}
	values, _ := l.readNode(document.Content[0], "", l.shape)
	section, ok := values.(map[string]any)
	return section, ok
}

// The parser has no error type. This text is all it gives.
var (
	syntaxError   = pattern(`^yaml: (?:line (\d+): )?(.*)$`)
	unknownAnchor = pattern(`^unknown anchor '(.*)' referenced$`)
)

// syntaxFault reports an error of the YAML parser.
func (l *loader) syntaxFault(err error, text []byte) {
	from := origin{file: l.file}
	message := "not valid YAML"
	if parts := syntaxError().FindStringSubmatch(err.Error()); parts != nil {
		from.line, _ = strconv.Atoi(parts[1]) // no digits: no line
		message = parts[2]
	}
	// A value that begins with * is taken for an alias; it may be a secret.
	if anchor := unknownAnchor().FindStringSubmatch(message); anchor != nil {
		if before, _, found := strings.Cut(string(text), "*"+anchor[1]); found {
			from.line = strings.Count(before, "\n") + 1
		}
		l.faultAt(from, "", "%s", noAlias)
		return
	}
	if bytes.Contains(text, []byte("${")) {
		message += "; inside [ ] and { }, put ${…} in quotes"
	}
	// Some of the parser's lines are one too small, others that of the block.
	where := "here or in the next line"
	if strings.HasPrefix(message, "did not find expected key") || strings.HasPrefix(message, "did not find expected '-'") {
		where = "in the block that begins here (is a line of it indented otherwise than its neighbours?)"
	}
	l.faultAt(from, "", "not valid YAML %s: %s", where, message)
}

const noAlias = "anchors, aliases and << are not supported: write the value out, in quotes if it begins with * or &"

// foreign says what YAML feature a node uses that a configuration has no need
// of, or "". Aliases can blow a small file up, and a tag changes what a plain
// text means.
func foreign(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.AliasNode, node.Anchor != "", node.ShortTag() == "!!merge":
		return noAlias
	case node.Style&yaml.TaggedStyle != 0:
		return "tags are not supported: put a value that begins with ! in quotes"
	default:
		return ""
	}
}
