package config

import (
	"errors"
	"fmt"
	"strings"
)

var variableName = pattern(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${VAR} and ${VAR:-default} in one scalar that has already
// been parsed, so that no variable can add YAML to the file. As in a shell,
// the default stands in for a variable that is not set or empty, and what a
// variable holds is not expanded again. $${ is a literal ${. Every variable
// that the text names is reported to used.
func expand(text string, environment map[string]string, used func(name string)) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			return out.String(), nil
		}
		if escaped, ok := strings.CutSuffix(before, "$"); ok {
			out.WriteString(escaped + "${")
			text = rest
			continue
		}
		out.WriteString(before)
		inner, after, closed := strings.Cut(rest, "}")
		name, fallback, hasFallback := strings.Cut(inner, ":-")
		if !closed || !variableName().MatchString(name) {
			return "", errors.New("want ${NAME} or ${NAME:-default}; write $${ for a literal ${")
		}
		if strings.Contains(fallback, "${") {
			return "", fmt.Errorf("the default of ${%s} may not hold another ${…}: set the variable", name)
		}
		used(name)
		value, set := environment[name]
		switch {
		case hasFallback && value == "":
			value = fallback
		case !set:
			return "", fmt.Errorf("the environment variable %s is not set: set it, or give a default as ${%s:-default}", name, name)
		}
		out.WriteString(value)
		text = after
	}
}
