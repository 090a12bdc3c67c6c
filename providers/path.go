package providers

import (
	"errors"
	"fmt"
	"strings"
)

// path is a gjson path. One that only goes from member to member, as nearly all
// do, is resolved on the members that were read already; the rest is gjson's.
type path struct {
	text  string
	names []string // the members to go through, nil for what only gjson can say
}

// newPath compiles a path that checkPath accepts.
func newPath(text string) path {
	names := strings.Split(text, ".")
	for _, name := range names {
		if !plainName(name) {
			return path{text: text}
		}
	}
	return path{text, names}
}

// plainName reports whether a component names a member and can be nothing else
// to gjson: neither an index of an array nor syntax.
func plainName(component string) bool {
	for i := range len(component) {
		c := component[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return !allDigits(component) && component != ""
}

// checkPath returns what is wrong with a gjson path, or nil. gjson itself
// finds nothing at a path that it cannot read, which would look like a field
// that no event carries. Modifiers and multipaths are refused: they make new
// documents, and a path only points into the one that was signed.
func checkPath(path string) error {
	if path == "" {
		return errors.New("a path is empty")
	}
	components, err := splitPath(path)
	if err != nil {
		return fmt.Errorf("path %q: %w", path, err)
	}
	for i, c := range components {
		switch {
		case c.text == "":
			return fmt.Errorf("path %q has an empty component: two dots in a row, or one at an end", path)
		case c.text[0] == '@' || c.text[0] == '!':
			return fmt.Errorf("path %q has the modifier %s: a path only points at a value", path, c.text)
		case c.text[0] == '{' || c.text[0] == '[':
			return fmt.Errorf("path %q builds a new document with %c: a path only points at a value", path, c.text[0])
		case c.text[0] == '#' && c.text != "#" && !strings.HasPrefix(c.text, "#("):
			return fmt.Errorf("path %q: after # stands nothing, or a query in round brackets", path)
		case i == 0 && (c.text == "$" || c.text[0] == '/'):
			return fmt.Errorf("path %q begins as in another language: write only names and dots, as in user.email (or \\%c for a name that begins so)", path, c.text[0])
		case indexed(c.text):
			return fmt.Errorf("path %q has an index in brackets: write a dot before the number, as in emails.0", path)
		case c.piped && !strings.HasPrefix(components[i-1].text, "#"):
			return fmt.Errorf("path %q: the pipe does nothing here, write a dot", path)
		}
	}
	return nil
}

// indexed reports whether a component ends in an index of JSONPath, emails[0].
func indexed(component string) bool {
	name, index, found := strings.Cut(component, "[")
	return found && strings.HasSuffix(index, "]") && name != "" && name[0] != '#' && !strings.HasSuffix(name, `\`)
}

// component is what stands between two separators of a path.
type component struct {
	text  string
	piped bool // a pipe stands before it, not a dot
}

// splitPath cuts at dots and pipes outside of queries. A backslash takes the
// next character literally.
func splitPath(path string) ([]component, error) {
	var components []component
	var current strings.Builder
	var brackets []byte
	quoted, piped := false, false
	for i := 0; i < len(path); i++ {
		c := path[i]
		switch {
		case c < 0x20:
			return nil, errors.New("it has a control character")
		case c == '\\':
			if i++; i == len(path) {
				return nil, errors.New("it ends with a backslash")
			}
			current.WriteByte(c)
			c = path[i]
		case quoted:
			quoted = c != '"'
		case len(brackets) > 0 && c == '"':
			quoted = true
		case c == '(' && (len(brackets) > 0 || current.String() == "#"):
			brackets = append(brackets, ')')
		case len(brackets) > 0 && c == brackets[len(brackets)-1]:
			brackets = brackets[:len(brackets)-1]
		case c == ')' && len(brackets) == 0:
			return nil, errors.New("a closing bracket has no opening one")
		case (c == '.' || c == '|') && len(brackets) == 0:
			components = append(components, component{current.String(), piped})
			current.Reset()
			piped = c == '|'
			continue
		}
		current.WriteByte(c)
	}
	if len(brackets) > 0 || quoted {
		return nil, errors.New("a bracket or quote is not closed")
	}
	return append(components, component{current.String(), piped}), nil
}
