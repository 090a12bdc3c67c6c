package config

import (
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
)

// serviceLink matches what Kubernetes sets for a service named usersync.
var serviceLink = pattern(`^USERSYNC_([A-Z0-9]+_)*(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// loadEnvironment is the middle layer: USERSYNC_DATABASE__URL is database.url.
// An empty variable counts as not set, as compose files pass those along.
func (l *loader) loadEnvironment() {
	provider := env.Provider(separator, env.Opt{
		Prefix: variablePrefix,
		TransformFunc: func(name, value string) (string, any) {
			p, s := l.settingOf(name)
			if s == nil {
				return "", nil
			}
			return string(p), l.override(origin{layer: fromEnvironment, file: name}, p, s, value)
		},
		EnvironFunc: func() []string {
			var pairs []string
			for _, name := range sortedKeys(l.environment) {
				if l.environment[name] != "" {
					pairs = append(pairs, name+"="+l.environment[name])
				}
			}
			return pairs
		},
	})
	l.merge(provider)
}

// settingOf returns the place that a variable sets, or no shape if it is not
// a setting; what looks like a setting and is none is a fault.
func (l *loader) settingOf(name string) (path, *shape) {
	if name == variablePrefix+"CONFIG" {
		return "", nil
	}
	keys := strings.Split(strings.ToLower(strings.TrimPrefix(name, variablePrefix)), "__")
	if _, topLevel := l.shape.keys[keys[0]]; len(keys) == 1 && !topLevel {
		l.strangeVariable(name)
		return "", nil
	}
	if name != strings.ToUpper(name) {
		l.faultAt(origin{file: name}, "", "write the variable in capitals: %s", strings.ToUpper(name))
		return "", nil
	}
	return l.locate(origin{file: name}, keys, path.variable)
}

// strangeVariable warns about a variable that begins like ours and sets
// nothing, unless the file uses it as ${NAME}.
func (l *loader) strangeVariable(name string) {
	if l.named[name] || serviceLink().MatchString(name) {
		return
	}
	var settings []string
	for _, p := range l.shape.settings("") {
		settings = append(settings, p.variable())
	}
	warning := name + ": not a setting, and the file does not use it"
	if meant := nearest(name, settings); meant != "" {
		warning += "; did you mean " + meant + "?"
	}
	l.warn("%s", warning)
}

// settings lists the places of all single values and lists, but for those in
// sections with free keys.
func (s *shape) settings(p path) []path {
	if s.keys == nil {
		return []path{p}
	}
	var all []path
	for _, key := range sortedKeys(s.keys) {
		if s.keys[key].table == nil {
			all = append(all, s.keys[key].settings(p.child(key))...)
		}
	}
	return all
}
