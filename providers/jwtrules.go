package providers

import (
	"slices"
	"time"

	usersync "usersync/sync"
)

// tokenRules are what the claims must say.
type tokenRules struct {
	issuer, audience string        // "" for any
	maxAge           time.Duration // since iat; 0 for any
	leeway           time.Duration // how far the clocks may be apart
	expected         []expectedClaim
	hash             *bodyHash
}

// expectedClaim is one that must have one of several values.
type expectedClaim struct {
	path   path
	values []literal
}

// check judges the claims of a token that is proven.
func (t tokenRules) check(claims []byte, r Request) *Rejection {
	if err := checkJSON(claims); err != nil {
		return &Rejection{ReasonMalformed, "the claims of the token: " + err.Error()}
	}
	var doc tree
	doc.reset(string(claims))
	if !doc.isObject(root) {
		return &Rejection{ReasonMalformed, "the claims of the token are no object"}
	}
	at := func(name string) value { return doc.lookup(root, newPath(name)) }
	if t.issuer != "" && !says(at("iss"), t.issuer) {
		return &Rejection{ReasonMismatch, "the issuer of the token (iss) is not " + t.issuer}
	}
	if t.audience != "" && !t.isFor(&doc) {
		return &Rejection{ReasonMismatch, "the token is not made for us: its audience (aud) is not " + t.audience}
	}
	for _, e := range t.expected {
		if v := doc.lookup(root, e.path); !slices.ContainsFunc(e.values, func(l literal) bool { return l.is(v) }) {
			return &Rejection{ReasonMismatch, "the claim " + e.path.text + " of the token is not the expected one"}
		}
	}
	if rejection := t.checkTimes(at, r.ReceivedAt); rejection != nil {
		return rejection
	}
	if t.hash != nil {
		if v := doc.lookup(root, t.hash.claim); v.kind != text || !t.hash.matches(v.text, r.Body) {
			return &Rejection{ReasonMismatch, "the token is made for another body: its claim " + t.hash.claim.text + " is no hash of this one"}
		}
	}
	return nil
}

// says reports whether a claim is a text.
func says(v value, want string) bool { return v.kind == text && !v.damaged && v.text == want }

// isFor reports whether aud is the audience, or a list with it.
func (t tokenRules) isFor(doc *tree) bool {
	aud := doc.lookup(root, newPath("aud"))
	if says(aud, t.audience) {
		return true
	}
	found := false
	if aud.kind == document && begins(aud.text, '[') {
		elementsOf(aud.text, func(raw string) bool {
			found = says(valueOf(raw), t.audience)
			return !found
		})
	}
	return found
}

// checkTimes looks at exp, nbf and iat (RFC 7519, 4.1.4 to 4.1.6).
func (t tokenRules) checkTimes(at func(string) value, now time.Time) *Rejection {
	times := map[string]usersync.Micros{}
	for _, name := range []string{"exp", "nbf", "iat"} {
		v := at(name)
		if v.kind == absent {
			continue
		}
		at, ok := parseDecimal(v.text, 6)
		if v.kind != number || !ok {
			return &Rejection{ReasonMalformed, "the claim " + name + " of the token is no time"}
		}
		times[name] = at
	}
	if exp, there := times["exp"]; there {
		if late := ageOf(exp, now); late >= t.leeway {
			return &Rejection{ReasonTooOld, "the token expired " + late.String() + " ago"}
		}
	}
	for _, name := range []string{"nbf", "iat"} {
		if begin, there := times[name]; there && -ageOf(begin, now) > t.leeway {
			return &Rejection{ReasonTooNew, "the token begins to be valid (" + name + ") in " + (-ageOf(begin, now)).String()}
		}
	}
	if t.maxAge == 0 {
		return nil
	}
	made, there := times["iat"]
	if !there {
		return &Rejection{ReasonMalformed, "the token does not say when it was made (iat)"}
	}
	if age := ageOf(made, now); age > t.maxAge+t.leeway {
		return &Rejection{ReasonTooOld, "the token was made " + age.String() + " ago, max_age " + t.maxAge.String()}
	}
	return nil
}
