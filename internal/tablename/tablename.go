// Package tablename says what the app's users table may be called.
package tablename

import "strings"

// The longest names, in bytes: the view and index made beside the table add up to 8 bytes
// to its name, and Postgres cuts names after 63.
const (
	LongestSchema = 63
	LongestTable  = LongestSchema - 8
)

// Valid reports whether a text is TABLE or SCHEMA.TABLE of names that need no quotes and
// are not too long.
func Valid(text string) bool {
	schema, table, qualified := strings.Cut(text, ".")
	if !qualified {
		return plain(text, LongestTable)
	}
	return plain(schema, LongestSchema) && plain(table, LongestTable)
}

// plain reports whether a name needs no quotes in SQL and has at most so many bytes.
func plain(name string, most int) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '_', i > 0 && c >= '0' && c <= '9':
		default:
			return false
		}
	}
	return name != "" && len(name) <= most
}
