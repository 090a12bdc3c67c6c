package config

var (
	quoted = pattern(`"(?:[^"\\]|\\.)*"`)
	word   = pattern(`^(?:[a-z0-9_.*-]{0,32}|[A-Za-z_.*-]{0,32})$`)
	digits = pattern(`[0-9]`)
	// What issuers put before a secret, so that it is known for one.
	credential = pattern(`^(?:whsec|sk|pk)[_-]`)
)

// fewDigits is what a name such as base64 or sha256 has. A random token in
// hex or base32 has more.
const fewDigits = 4

// isWord reports whether a value in the place of a type, an encoding or an
// event may be shown: it looks like a mistyped word, not like a secret that
// was pasted into the wrong line.
func isWord(value string) bool {
	return word().MatchString(value) && !credential().MatchString(value) &&
		len(digits().FindAllString(value, fewDigits+1)) <= fewDigits
}

// hideQuoted removes from a message the values that it quotes, unless they
// may be shown.
func hideQuoted(message string, show func(value string) bool) string {
	return quoted().ReplaceAllStringFunc(message, func(value string) string {
		if show(value[1 : len(value)-1]) {
			return value
		}
		return "(not shown)"
	})
}
