package providers

import (
	"strings"

	"github.com/tidwall/gjson"
)

// complaint is what may be shown of an answer that refuses: a code, and which
// values it speaks of by the names of their members. The rest of it may quote
// what was sent.
type complaint struct {
	word  string
	about []string
}

// complaintOf reads an answer. The code stands at one of the paths.
func complaintOf(body string, why []path, sent bodyTemplate) (c complaint) {
	mentioned := map[string]bool{}
	for _, word := range strings.FieldsFunc(body, func(r rune) bool { return !isWordRune(r) }) {
		mentioned[word] = true
	}
	named := map[string]bool{}
	sent.leaves(func(member string, from bodySource) {
		if name := from.of(); name != "" && mentioned[member] && !named[name] {
			named[name] = true
			c.about = append(c.about, name)
		}
	})
	if checkJSON([]byte(body)) != nil || !gjson.Parse(body).IsObject() {
		return c
	}
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(body)
	for _, p := range why {
		if v := doc.lookup(root, p); v.kind == text && isCode(v.text) {
			c.word = v.text
			break
		}
	}
	return c
}

func isWordRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// isCode reports whether a text is a word of a vocabulary, such as
// invalid_request, and no sentence and no address.
func isCode(s string) bool {
	const longest = 40
	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, func(r rune) bool { return !isWordRune(r) && r != '-' })
}
