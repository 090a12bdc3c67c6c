package providers

import (
	"net/http"

	"go.yaml.in/yaml/v3"
)

// headerChallenge is a GET with a challenge in a header.
type headerChallenge struct {
	header string // in its canonical form
	member string // of the answer
}

func (headerChallenge) method() string { return http.MethodGet }

func (c headerChallenge) answer(r Request) (Reply, bool) {
	challenge, rejection := single(r.Header, c.header)
	if rejection != nil {
		return Reply{}, false
	}
	return echoed(c.member, challenge)
}

// bodyChallenge is a POST whose JSON says that it is a challenge.
type bodyChallenge struct {
	marks  []mark // all of which it must have
	take   path   // where the challenge stands, a text
	member string // of the answer
}

// mark is a value by which a challenge is known.
type mark struct {
	at     path
	values []literal
}

func (bodyChallenge) method() string { return http.MethodPost }

func (c bodyChallenge) answer(r Request) (Reply, bool) {
	if checkJSON(r.Body) != nil {
		return Reply{}, false
	}
	doc := trees.Get().(*tree)
	defer doc.release()
	if doc.reset(string(r.Body)); !doc.isObject(root) {
		return Reply{}, false
	}
	for _, m := range c.marks {
		if !anyIs(m.values, doc.lookup(root, m.at)) {
			return Reply{}, false
		}
	}
	challenge := doc.lookup(root, c.take)
	if challenge.kind != text || challenge.damaged {
		return Reply{}, false
	}
	return echoed(c.member, challenge.text)
}

// challenge reads {method: GET, header, answer} or {type, take, answer}.
func (r *reader) challenge(n *yaml.Node) handshake {
	const what = "handshake.challenge"
	method := http.MethodPost
	var inHeader headerChallenge
	var inBody bodyChallenge
	faults := len(r.faults)
	r.mapping(n, what, block{
		"method": func(n *yaml.Node) { method = r.oneOf(n, what+".method", http.MethodGet, http.MethodPost) },
		"header": func(n *yaml.Node) { inHeader.header = r.headers(n, what+".header")[0] },
		"type": func(n *yaml.Node) {
			r.entries(n, what+".type", func(key, value *yaml.Node) {
				inBody.marks = append(inBody.marks, mark{r.path(key, what+".type"), r.literals(value, what+".type."+key.Value)})
			})
		},
		"take":   func(n *yaml.Node) { inBody.take = r.path(n, what+".take") },
		"answer": func(n *yaml.Node) { inHeader.member = r.word(n, what+".answer"); inBody.member = inHeader.member },
	}, "answer")
	body, header := inBody.marks != nil && inBody.take.text != "", inHeader.header != ""
	switch {
	case len(r.faults) > faults:
	case method == http.MethodGet && (!header || inBody.marks != nil || inBody.take.text != ""):
		r.fault(n, "%s: a GET has header and answer", what)
	case method == http.MethodPost && (!body || header):
		r.fault(n, "%s: a POST has type, which says how it is known, take and answer; for a header write method: GET", what)
	}
	if method == http.MethodGet {
		return inHeader
	}
	return inBody
}
