package config

import (
	"fmt"
	"slices"
	"strings"
)

// shortestSecret is the least number of bytes of a secret that is not worth a
// question: providers give 24 and more, and less can be guessed from captured
// signatures.
const shortestSecret = 16

// placeholder matches what stands in documentation where the secret belongs,
// and a variable's name that was given instead of its value.
var placeholder = pattern(`…|\.\.\.|^<.*>$|^\$?\{|(?i:change[-_ ]?me|^your[-_ ])|^[A-Z_]+_(SECRET|TOKEN)$|x{6}`)

// doubtMember is doubt for a secret of the list at p, of which the first has
// the number 1.
func (l *loader) doubtMember(p path, number int, secret string) {
	l.doubt(fmt.Sprintf("%s: number %d", p, number), secret)
}

// doubt warns if a secret is unlikely to be the real one. It does not refuse
// it, as tests and demonstrations use such.
func (l *loader) doubt(what, secret string) {
	switch {
	case placeholder().MatchString(secret):
		l.warn("%s looks like a placeholder: is it the real one?", what)
	case len(secret) < shortestSecret:
		l.warn("%s is only %d bytes long: is it the real one?", what, len(secret))
	case strings.Trim(strings.TrimRight(secret, "\r\n"), " \t") != strings.TrimRight(secret, "\r\n"):
		l.warn("%s begins or ends with a blank: is it a part of it?", what)
	}
}

// warn adds a warning.
func (l *loader) warn(format string, arguments ...any) {
	l.warnings = append(l.warnings, fmt.Sprintf(format, arguments...))
}

// sortedWarnings returns the warnings in an order that does not depend on
// which check came first.
func (l *loader) sortedWarnings() []string { return slices.Sorted(slices.Values(l.warnings)) }
