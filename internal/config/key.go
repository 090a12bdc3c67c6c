package config

import (
	"strings"
)

// keyLike is what a mistyped key looks like. Anything else may be a secret
// that stands in the place of a key, and is not shown.
var keyLike = pattern(`^[A-Za-z][A-Za-z_-]{0,31}$`)

// member returns the shape of what key holds in the section, or false.
func (s *shape) member(key string) (*shape, bool) {
	if s.table != nil {
		return s.table, true
	}
	held, ok := s.keys[key]
	return held, ok
}

// unknownKey reports a key that the section at p does not have.
func (l *loader) unknownKey(from origin, p path, key string, s *shape) {
	at := p
	if keyLike().MatchString(key) {
		at = p.child(key)
	}
	meant := nearest(key, sortedKeys(s.keys))
	if meant == "" {
		l.faultAt(from, at, "unknown key; the keys here are %s", strings.Join(sortedKeys(s.keys), ", "))
	} else {
		l.faultAt(from, at, "unknown key; did you mean %s?", meant)
		l.blamed[p.child(meant)] = true
	}
}
