package providers

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The placeholders that no param may take the name of.
const (
	idPlaceholder  = "id"  // the id of the user that is fetched
	urlPlaceholder = "url" // api.url, without a slash at its end
)

func reservedNames() []string { return []string{idPlaceholder, urlPlaceholder} }

func isReserved(name string) bool { return slices.Contains(reservedNames(), name) }

var (
	paramName   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	placeholder = regexp.MustCompile(`\{(\+?)([a-z][a-z0-9_]*)\}`)
)

// template is a text with {params}. {+param} stands for a whole path.
type template string

// names returns the params that the template mentions.
func (t template) names() []string {
	var names []string
	for _, found := range placeholder.FindAllStringSubmatch(string(t), -1) {
		names = append(names, found[2])
	}
	return names
}

// fill replaces the params as they are; filled is false if one has no value.
func (t template) fill(params map[string]string) (text string, filled bool) {
	filled = true
	text = placeholder.ReplaceAllStringFunc(string(t), func(found string) string {
		value := params[strings.Trim(found, "{+}")]
		filled = filled && value != ""
		return value
	})
	return text, filled
}

// path replaces the params by path segments, escaped: whatever an id is made
// of, the request stays below the path that the definition names.
func (t template) path(params map[string]string) (string, error) {
	var wrong error
	path := placeholder.ReplaceAllStringFunc(string(t), func(found string) string {
		name := strings.Trim(found, "{+}")
		value := params[name]
		if strings.HasPrefix(found, "{+") {
			if err := checkURLPath(value); err != nil {
				wrong = fmt.Errorf("api.params.%s: %w", name, err)
			}
			return value
		}
		if value == "" || value == "." || value == ".." {
			wrong = fmt.Errorf("%s: %q cannot stand in a path", name, value)
		}
		return url.PathEscape(value)
	})
	return path, wrong
}

// checkURLPath returns what is wrong with a path of an address, or nil.
func checkURLPath(path string) error {
	u, err := url.Parse(path)
	switch {
	case !strings.HasPrefix(path, "/"):
		return errors.New("a path begins with /")
	case err != nil || u.Host != "" || strings.ContainsAny(path, "?# ") || strings.ContainsFunc(path, isControl):
		return errors.New("it is no path of an address")
	case strings.Contains(path+"/", "/../") || strings.Contains(path+"/", "/./"):
		return errors.New("a path must not have the segments . and ..")
	}
	return nil
}

// template reads a text with params. Whether they are declared is judged at
// the end of the file, where api.params is known.
func (r *reader) template(n *yaml.Node, what string, declared func(name string) bool) template {
	return r.templateOf(n, what, r.text(n, what), declared)
}

// templateOf does the same with a text that was read.
func (r *reader) templateOf(n *yaml.Node, what, text string, declared func(name string) bool) template {
	t := template(text)
	if rest := placeholder.ReplaceAllString(string(t), ""); strings.ContainsAny(rest, "{}") {
		r.fault(n, "%s: braces hold the name of a param: {name}, or {+name} for a whole path", what)
	}
	r.later = append(r.later, func() {
		for _, name := range t.names() {
			if !declared(name) {
				r.fault(n, "%s: {%s} is not declared in api.params", what, name)
			}
		}
	})
	return t
}

// pathTemplate reads the path of a request.
func (r *reader) pathTemplate(n *yaml.Node, what string, declared func(name string) bool) template {
	t := r.template(n, what, declared)
	example := placeholder.ReplaceAllString(strings.TrimPrefix(string(t), "{+"), "x")
	if !strings.HasPrefix(string(t), "{+") {
		if err := checkURLPath(example); err != nil {
			r.fault(n, "%s: %v", what, err)
		}
	}
	return t
}
