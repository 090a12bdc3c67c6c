package providers

import (
	"errors"
	"net/http"
)

// Verify proves a request against the configured credentials: every element
// that has some must pass. The error is a *Rejection, or another one if the
// request cannot be judged now. Nothing is parsed before, or unless, the raw
// bytes are proven.
func (p *Provider) Verify(r Request) (Proof, error) {
	if p.open {
		return p.trust(r.Header), nil
	}
	if len(p.checks) == 0 {
		return Proof{}, errNothingProves
	}
	var proof Proof
	for rest := p.checks; len(rest) > 0; {
		var element anyOf
		element, rest = firstElement(rest)
		passed, err := element.run(r, p.legacy)
		if err != nil {
			return Proof{}, err
		}
		proof.Headers = proof.Headers || passed.Headers
		if proof.ID == "" {
			proof.ID = passed.ID
		}
		if proof.Timestamp == "" {
			proof.Timestamp = passed.Timestamp
		}
		if proof.Fingerprint == "" {
			proof.Fingerprint = passed.Fingerprint
		}
	}
	if p.def.unpacking.binary(r.Header) && !proof.Headers {
		return Proof{}, &Rejection{ReasonUnsignedHeaders, "the event stands in ce-* headers, which the signature does not cover; have the sender use structured mode, or a bearer token"}
	}
	return proof, nil
}

// errNothingProves is for a provider without checks. New makes none; that nothing
// was asked for must never mean that everything is proven.
var errNothingProves = errors.New("nothing is configured that could prove a delivery")

// firstElement cuts off the checks that belong to the same element of verify as
// the first.
func firstElement(checks []armedCheck) (first anyOf, rest []armedCheck) {
	n := 1
	for n < len(checks) && checks[n].element == checks[0].element {
		n++
	}
	return checks[:n], checks[n:]
}

// trust takes the headers at their word.
func (p *Provider) trust(header http.Header) Proof {
	proof := Proof{Headers: true}
	if p.stamp != nil {
		proof.Timestamp = p.stamp.read(header)
	}
	for _, name := range p.idHeaders {
		if id, rejection := messageID(header, name); rejection == nil {
			proof.ID = id
			break
		}
	}
	return proof
}
