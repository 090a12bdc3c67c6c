package providers

import "strings"

// embed replaces the texts at the paths of parse_json that hold an object or an
// array by these, so that paths lead into them. Members that must not be
// kept go there too. Other texts and values stay what they are.
func (d *definition) embed(doc string, depth int) (embedded string, wrong *problem) {
	for _, at := range d.unpacking.embedded {
		from, to, ok := spanOf(doc, at.names)
		if !ok || doc[from] != '"' {
			continue
		}
		v := valueOf(doc[from:to])
		inner := strings.Trim(v.text, " \n\r\t")
		if !begins(inner, '{') && !begins(inner, '[') {
			continue
		}
		if v.damaged || deeper(inner, maxDepth-depth-len(at.names)) || checkJSON([]byte(inner)) != nil {
			wrong = &problem{badJSON, "the text at " + at.text + " begins like a JSON document, and is none"}
			if d.redaction == nil {
				continue
			}
			inner = `"` + inner[:1] + `"` // as wrong as it was, and nothing that must not be kept
		}
		doc = doc[:from] + d.redaction.apply(inner) + doc[to:]
	}
	return doc, wrong
}

// spanOf returns where the value that stands behind the names of members
// begins and ends.
func spanOf(doc string, names []string) (from, to int, ok bool) {
	from = afterSpace(doc, 0)
	for _, name := range names {
		if from, ok = memberOf(doc, from, name); !ok {
			return 0, 0, false
		}
	}
	return from, afterValue(doc, from), true
}

// memberOf returns where the value of a name begins, in the object that begins at i.
func memberOf(doc string, i int, name string) (at int, ok bool) {
	if i >= len(doc) || doc[i] != '{' {
		return 0, false
	}
	for i++; ; i++ {
		i = afterSpace(doc, i)
		if i >= len(doc) || doc[i] != '"' {
			return 0, false
		}
		end := afterText(doc, i)
		at = afterSpace(doc, afterSpace(doc, end)+1) // behind the colon
		if at >= len(doc) || plainText(doc[i:end]) == name {
			return at, at < len(doc)
		}
		if i = afterSpace(doc, afterValue(doc, at)); i >= len(doc) || doc[i] != ',' {
			return 0, false
		}
	}
}

// array returns where the events of a request stand. One alone may stand there
// without an array around it.
func (u *unpacking) array(doc string) (from, to int, wrong *problem) {
	from, to, ok := spanOf(doc, u.split.names)
	if ok && (doc[from] == '[' || doc[from] == '{') {
		return from, to, nil
	}
	return 0, 0, &problem{badEnvelope, "there is no array of events at " + u.split.text}
}

// joined writes events where their array stood.
func joined(before string, parts []part, behind string) []byte {
	body := append([]byte(before), '[')
	for i, one := range parts {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, one.payload...)
	}
	return append(append(body, ']'), behind...)
}
