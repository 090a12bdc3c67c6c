package config

import (
	"strings"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
)

// flagOf is how a flag is named in a fault.
func flagOf(key string) string { return "flag " + key }

// loadFlags is the highest layer.
func (l *loader) loadFlags() {
	values := map[string]any{}
	for _, key := range sortedKeys(l.Flags) {
		from := origin{layer: fromFlags, file: flagOf(key)}
		if p, s := l.locate(from, strings.Split(key, "."), path.String); s != nil {
			values[string(p)] = l.override(from, p, s, l.Flags[key])
		}
	}
	l.merge(confmap.Provider(values, separator))
}

// locate walks from the root to a single value or list. If there is none it
// reports a fault, in which spell writes the key that was meant, and returns
// no shape.
func (l *loader) locate(from origin, keys []string, spell func(path) string) (path, *shape) {
	p, s, slip := path(""), l.shape, false
	for _, key := range keys {
		held, ok := s.member(key)
		if !ok || key == "" {
			slip = true
			if key = nearest(key, sortedKeys(s.keys)); key == "" {
				l.faultAt(from, "", "sets no known key; see config.example.yaml for all keys")
				return p, nil
			}
			held = s.keys[key]
		}
		p, s = p.child(key), held
	}
	if slip {
		// The whole of what was meant, with the keys after the slip.
		l.faultAt(from, "", "sets no known key; did you mean %s?", spell(p))
		l.blamed[p] = true
		return p, nil
	}
	if s.keys != nil || s.table != nil {
		l.faultAt(from, p, "this is a section: set one of its keys")
		return p, nil
	}
	return p, s
}

// override records that a layer gives the value at p, in the form in which
// texts are kept: a list is comma-separated.
func (l *loader) override(from origin, p path, s *shape, text string) any {
	l.origins.set(p, from)
	if s.list == nil {
		return text
	}
	texts := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			texts = append(texts, part)
		}
	}
	if len(texts) == 0 {
		texts = append(texts, "") // a list was given, with nothing in it
	}
	return texts
}

// merge puts a layer over the others.
func (l *loader) merge(layer koanf.Provider) {
	if err := l.layers.Load(layer, nil); err != nil {
		l.faultAt(origin{file: l.file}, "", "cannot merge the layers")
	}
}
