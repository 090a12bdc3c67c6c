package providers

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// redaction names the members of a body that are never kept: patterns of
// names, in which * stands for any text.
type redaction []string

// matches reports whether a member of this name has to go.
func (x redaction) matches(name string) bool {
	return slices.ContainsFunc(x, func(pattern string) bool { return fits(pattern, name) })
}

// fits reports whether a name is written as a pattern says.
func fits(pattern, name string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	for {
		var middle string
		if middle, rest, wild = strings.Cut(rest, "*"); !wild {
			return strings.HasSuffix(name, middle)
		}
		at := strings.Index(name, middle)
		if at < 0 {
			return false
		}
		name = name[at+len(middle):]
	}
}

// apply returns a document that was validated without the members that have to
// go, at any depth. Every other byte stays.
func (x redaction) apply(raw string) string {
	if x == nil {
		return raw
	}
	var kept []byte // what stands in front of copied
	copied := 0
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			i++
			continue
		}
		begin, end := i, afterText(raw, i)
		colon := afterSpace(raw, end)
		i = end
		if colon >= len(raw) || raw[colon] != ':' || !x.matches(plainText(raw[begin:end])) {
			continue
		}
		kept = append(kept, raw[copied:begin]...)
		i = afterSpace(raw, afterValue(raw, afterSpace(raw, colon+1)))
		if i < len(raw) && raw[i] == ',' {
			i = afterSpace(raw, i+1)
		} else { // it was the last one: the comma before it goes too
			kept = kept[:len(strings.TrimRight(textOf(kept), " \n\r\t"))]
			if n := len(kept); n > 0 && kept[n-1] == ',' {
				kept = kept[:n-1]
			}
		}
		copied = i
	}
	if kept == nil {
		return raw
	}
	return textOf(append(kept, raw[copied:]...))
}

// redact reads the part `redact`.
func (r *reader) redact(n *yaml.Node) redaction {
	var x redaction
	for _, item := range r.some(n, "redact") {
		x = append(x, r.formed(item, "redact", `[^*]`, func(pattern string) string {
			if strings.Trim(pattern, "*") == "" {
				return "a pattern without a letter fits every member; name what must not be kept"
			}
			return ""
		}))
	}
	return x
}
