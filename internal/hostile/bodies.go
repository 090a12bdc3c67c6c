package hostile

import (
	"net/http"
	"strings"
)

// bodies are payloads that are no event, each once proven and once not. Proven
// ones are kept as dead letters: their sender loses nothing.
func bodies(s sign) (cases []Case) {
	const deep = 100_000
	user := `"id":"` + Canary + `"`
	whole := event("user.created", user)
	for name, body := range map[string]string{
		"empty":                       "",
		"space":                       " \r\n\t",
		"null":                        "null",
		"true":                        "true",
		"a number":                    "42",
		"a text":                      `"` + Canary + `"`,
		"an empty list":               "[]",
		"an empty object":             "{}",
		"a list of an event":          "[" + whole + "]",
		"deep lists":                  strings.Repeat("[", deep) + strings.Repeat("]", deep),
		"deep lists, open":            strings.Repeat("[", deep),
		"deep objects":                strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep),
		"a deep part":                 event("user.created", user+`,"publicMetadata":`+strings.Repeat(`{"a":`, deep)+"1"+strings.Repeat("}", deep)),
		"one level too deep":          event("user.created", user+`,"publicMetadata":`+strings.Repeat(`[`, 80)+strings.Repeat("]", 80)),
		"two documents":               whole + whole,
		"something behind":            whole + " x",
		"cut short":                   whole[:len(whole)-2],
		"doubled id":                  event("user.created", user+`,"id":"somebody else"`),
		"doubled id, escaped":         event("user.created", user+`,"\u0069d":"somebody else"`),
		"doubled event":               strings.Replace(whole, "{", `{"event":"user.deleted",`, 1),
		"doubled name far inside":     event("user.created", user+`,"publicMetadata":{"a":{"b":1,"b":2}}`),
		"invalid UTF-8 in the id":     event("user.created", "\"id\":\"\xff\xfe\""),
		"invalid UTF-8 in a name":     event("user.created", user+",\"displayName\":\"\xc3\x28\""),
		"invalid UTF-8 in a key":      event("user.created", user+",\"\xff\":1"),
		"an overlong NUL":             event("user.created", user+",\"displayName\":\"\xc0\x80\""),
		"a surrogate in UTF-8":        event("user.created", user+",\"displayName\":\"\xed\xa0\x80\""),
		"UTF-16":                      "\xff\xfe{\x00}\x00",
		"a byte order mark":           "\ufeff" + whole,
		"a raw NUL":                   strings.Replace(whole, Canary, "a\x00b", 1),
		"a raw line feed in a text":   strings.Replace(whole, Canary, "a\nb", 1),
		"a comment":                   "/* */" + whole,
		"a trailing comma":            strings.Replace(whole, `"}}}`, `",}}}`, 1),
		"single quotes":               strings.ReplaceAll(whole, `"`, "'"),
		"not a number":                `{"event":NaN}`,
		"a leading zero":              `{"event":01}`,
		"a bad escape":                `{"event":"\x41"}`,
		"a form":                      "event=user.created&id=" + Canary,
		"XML":                         `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>`,
		"YAML":                        "event: user.created\ndata: {user: {id: x}}\n",
		"bytes":                       "\x00\x01\x02\x03\xfc\xfd\xfe\xff",
		"an event of no type":         `{"data":{"user":{"id":"x"}}}`,
		"an event of an empty type":   event("", user),
		"a type that is a number":     strings.Replace(whole, `"user.created"`, "7", 1),
		"a type that is an object":    strings.Replace(whole, `"user.created"`, `{"a":1}`, 1),
		"data that are null":          `{"event":"user.created","timestamp":"` + now() + `","data":null}`,
		"data that are a list":        `{"event":"user.created","timestamp":"` + now() + `","data":[]}`,
		"a user that is a text":       `{"event":"user.created","timestamp":"` + now() + `","data":{"user":"x"}}`,
		"a million brackets and more": strings.Repeat("[{", 250_000),
	} {
		cases = append(cases,
			post(s.of(body), body).stored(name, "dead_letter"),
			post(nil, body).expect(name+", unsigned", http.StatusUnauthorized),
		)
	}
	return cases
}
