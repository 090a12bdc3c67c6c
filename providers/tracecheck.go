package providers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// CheckStep is how one element of verify judges a request.
type CheckStep struct {
	Scheme string `json:"scheme"`           // what it looks at
	Signed string `json:"signed,omitempty"` // what is signed, and what that is here
	// Result is passed, not checked, or the reason for a rejection.
	Result string `json:"result"`
	Detail string `json:"detail,omitempty"`
}

// Passed is the result of a check that a request passes, and notChecked that of
// one without credentials.
const (
	Passed     = "passed"
	notChecked = "not checked"
)

// explained is a scheme that says what it looks at.
type explained interface {
	// explain tells what is proven by which headers, and what is signed.
	explain(r Request) (scheme, signed string)
}

// explainChecks judges a request by each element of verify alone.
func (p *Provider) explainChecks(r Request) []CheckStep {
	steps := []CheckStep{}
	armed := map[int][]armedCheck{}
	for _, c := range p.checks {
		armed[c.element] = append(armed[c.element], c)
	}
	for _, c := range p.def.checks {
		s := CheckStep{Scheme: fmt.Sprintf("element %d", c.element+1), Result: notChecked, Detail: "no credential of " + c.credential + " was given"}
		if c.credential == "" {
			s.Detail = "its public keys are those of a configured provider: --provider asks for them"
		}
		if x, ok := c.scheme.(explained); ok {
			s.Scheme, s.Signed = x.explain(r)
		}
		at := slices.IndexFunc(armed[c.element], func(a armedCheck) bool { return a.credential == c.credential })
		if at >= 0 {
			a := armed[c.element][at]
			armed[c.element] = slices.Delete(slices.Clone(armed[c.element]), at, at+1)
			_, err := a.run(r, a.keys, p.legacy)
			s.Result, s.Detail = p.result(r, err)
		}
		steps = append(steps, s)
	}
	return steps
}

// result words the judgement of one check.
func (p *Provider) result(r Request, err error) (result, detail string) {
	var rejection *Rejection
	switch {
	case err == nil:
		return Passed, ""
	case !errors.As(err, &rejection):
		return "cannot be judged", err.Error()
	case rejection.Reason == ReasonMissing:
		if len(r.Header) == 0 {
			return rejection.Reason, rejection.Detail + "; the request has no headers"
		}
		return rejection.Reason, fmt.Sprintf("%s; the request has the headers %s", rejection.Detail, strings.Join(slices.Sorted(maps.Keys(r.Header)), ", "))
	default:
		return rejection.Reason, rejection.Detail
	}
}

// explain implements explained.
func (h hmacScheme) explain(r Request) (scheme, signed string) {
	scheme = fmt.Sprintf("hmac %s, %s, in the header %s", h.algorithm, h.encoding, strings.Join(h.headers, " or "))
	switch {
	case h.member != "":
		scheme += ", a list with " + h.member + "="
	case !slices.Equal(h.prefixes, []string{""}):
		scheme += ", after " + strings.Join(quotedAll(h.prefixes), " or ")
	}
	var template strings.Builder
	for _, p := range h.content {
		switch p.kind {
		case pieceBody:
			template.WriteString("{body}")
		case pieceTimestamp:
			template.WriteString("{timestamp}")
		default:
			template.WriteString(p.literal)
		}
	}
	return scheme, template.String() + ": " + signedParts(r, h.timestamp)
}

// explain implements explained.
func (w webhookScheme) explain(r Request) (scheme, signed string) {
	var headers []string
	for i := range w.prefixes {
		headers = append(headers, w.signature(i))
	}
	return "standard_webhooks, in the header " + strings.Join(headers, " or "), "{id}.{timestamp}.{body}: " + signedParts(r, w.stamp)
}

// explain implements explained.
func (s secretScheme) explain(Request) (scheme, signed string) {
	form := map[secretForm]string{secretPlain: "as it is", secretBearer: "after Bearer", secretBasic: "after Basic, in base64"}[s.form]
	return "secret in the header " + s.header + ", " + form, ""
}

// explain implements explained. The token itself is a credential.
func (j jwtScheme) explain(r Request) (scheme, signed string) {
	place := "which is the body"
	switch {
	case j.place.bearer:
		place = "in the header " + authorizationHeader + ", after Bearer"
	case j.place.headers != nil:
		place = "in the header " + strings.Join(j.place.headers, " or ")
	case !j.place.body:
		place = "in the body at " + j.place.field.text
	}
	var algorithms []string
	for _, a := range j.algorithms {
		algorithms = append(algorithms, string(a))
	}
	signed = "the token's claims"
	if j.rules.hash != nil {
		signed += ", and by its " + j.rules.hash.claim.text + " " + signedParts(r, nil)
	}
	return "jwt " + strings.Join(algorithms, " or ") + ", " + place, signed
}

// signedParts tells what of this request is signed.
func signedParts(r Request, stamp *timestamp) string {
	parts := fmt.Sprintf("a body of %d bytes", len(r.Body))
	if stamp == nil {
		return parts
	}
	if text := stamp.read(r.Header); text != "" {
		return fmt.Sprintf("the timestamp %q of %s%s, and %s", cut(text), stamp.headers[0], stamp.misread(text, r.ReceivedAt), parts)
	}
	return fmt.Sprintf("no timestamp in %s, and %s", strings.Join(stamp.headers, " or "), parts)
}

// lifetime is longer than recorded requests are kept, and much shorter than a time is
// off that is read in another unit.
const lifetime = 20 * 365 * 24 * time.Hour

// misread says that a timestamp is written in another format than the definition has.
func (t *timestamp) misread(text string, now time.Time) string {
	near := func(f timeFormat) bool {
		at, ok := f.parse(text)
		return ok && ageOf(at, now).Abs() < lifetime
	}
	if near(t.format) {
		return ""
	}
	for _, other := range []timeFormat{formatRFC3339, formatSeconds, formatMillis} {
		if near(other) {
			return fmt.Sprintf(" (which is a time as format: %s, and here it is %s)", other, t.format)
		}
	}
	return ""
}

func quotedAll(texts []string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, fmt.Sprintf("%q", text))
	}
	return all
}
