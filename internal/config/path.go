package config

import "strings"

// separator stands between the keys of a path. A dot would not do: the name
// of an event, which is a key of aliases, has dots.
const separator = "\x1f"

// variablePrefix begins every environment variable of ours.
const variablePrefix = "USERSYNC_"

// path is where a value stands, from the root of the configuration, which is
// the empty path.
type path string

func (p path) child(key string) path {
	if p == "" {
		return path(key)
	}
	return p + separator + path(key)
}

// parent returns the path of the section that p stands in.
func (p path) parent() path {
	if i := strings.LastIndex(string(p), separator); i >= 0 {
		return p[:i]
	}
	return ""
}

// contains reports whether other is p or stands below it.
func (p path) contains(other path) bool {
	return p == "" || p == other || strings.HasPrefix(string(other), string(p)+separator)
}

// String writes the path as a key with dots.
func (p path) String() string { return strings.ReplaceAll(string(p), separator, ".") }

// variable is the environment variable that sets the value at p.
func (p path) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(string(p), separator, "__"))
}
