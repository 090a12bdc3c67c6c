package providers

import (
	"slices"
	"strings"
)

// shape says what a document is, for whoever wrote a path into it. It goes to the log,
// so members whose names are no words are not named: they may be ids or addresses.
func (t *tree) shape() string {
	if !t.isObject(root) {
		if t.isArray(root) {
			return "it is an array"
		}
		return "it is " + valueOf(t.values[root].raw).word()
	}
	var names []string
	for i := t.firstOf(root); i > root; i = t.values[i].next {
		name := t.values[i].name
		if !plainWord(name) || len(names) == manyMembers {
			name = "…"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return "it has no members"
	}
	return "it has the members " + strings.Join(names, ", ")
}

// longestWord is longer than names of members are, and shorter than keys and tokens.
const longestWord = 30

// plainWord reports whether a name of a member says what it holds, and not whose it is.
func plainWord(name string) bool {
	return name != "" && len(name) <= longestWord && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-$") == ""
}
