package config

import (
	"strconv"
	"strings"
)

// providerFaults gives each of the joined faults of a provider its place. A
// fault that follows from one already reported is left out.
func (l *loader) providerFaults(provider path, err error) {
	var news []located
	for _, one := range l.definitionFaults(provider.child("definition"), err) {
		if fault := l.locateFault(provider, one.Error()); !l.isBlamed(fault.path) {
			news = append(news, fault)
		}
	}
	for _, fault := range news {
		l.fault(fault.path, "%s", fault.message)
	}
}

type located struct {
	path    path
	message string
}

// locateFault splits "secrets: missing" or `aliases: "user.x": no such kind`
// into the place and what is wrong there. The free key of a section stays in
// the message.
func (l *loader) locateFault(provider path, message string) located {
	key, rest, _ := strings.Cut(message, ": ")
	p, held := l.shape.keys[string(providersKey)].table.place(provider, key)
	if held == nil {
		return located{provider, hideQuoted(message, isWord)}
	}
	fault := located{p, hideQuoted(rest, func(value string) bool { return !held.twin && isWord(value) })}
	member, _, _ := strings.Cut(rest, ": ")
	if name, err := strconv.QuotedPrefix(rest); err == nil {
		member, _ = strconv.Unquote(name) // QuotedPrefix has checked it
	}
	if _, given := l.origins[p.child(member)]; given {
		fault.path = p.child(member)
	}
	return fault
}

// leaves returns the errors that errors.Join put together.
func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, leaves(one)...)
	}
	return all
}

// place turns a key with dots into a path below p, and the shape of what
// stands there; for an unknown key, no shape. In a section with free keys the
// rest is one key, dots and all.
func (s *shape) place(p path, key string) (path, *shape) {
	if s.table != nil {
		return p.child(key), s.table
	}
	first, rest, more := strings.Cut(key, ".")
	held, known := s.keys[first]
	switch {
	case !known:
		return "", nil
	case !more:
		return p.child(first), held
	default:
		return held.place(p.child(first), rest)
	}
}
