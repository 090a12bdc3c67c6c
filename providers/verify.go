package providers

import "net/http"

// Verify proves a request against the configured credentials: every check that
// has some must pass. The error is a *Rejection. Nothing is parsed before, or
// unless, the raw bytes are proven.
func (p *Provider) Verify(r Request) (Proof, error) {
	if p.open {
		return p.trust(r.Header), nil
	}
	var proof Proof
	for _, c := range p.checks {
		passed, rejection := c.run(r, c.keys, p.legacy)
		if rejection != nil {
			return Proof{}, rejection
		}
		proof.Headers = proof.Headers || passed.Headers
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

// trust takes the headers at their word.
func (p *Provider) trust(header http.Header) Proof {
	proof := Proof{Headers: true}
	if p.stamp != nil {
		if timestamp, rejection := single(header, p.stamp.name); rejection == nil {
			proof.Timestamp = timestamp
		}
	}
	return proof
}
