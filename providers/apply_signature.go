package providers

import (
	"fmt"
	"net/textproto"
	"slices"
	"time"
)

// applySignature overrides how signatures are written.
func (p *Provider) applySignature(s Settings) (faults []error) {
	if s.LegacySignature {
		if !slices.ContainsFunc(p.def.checks, func(c check) bool { return len(c.legacy) > 0 }) {
			faults = append(faults, fmt.Errorf("legacy_signature: %s has no older signature; remove it", p.typ))
		}
		p.warnings = append(p.warnings, "legacy_signature: an old request that somebody captured can be sent again")
	}
	if s.Signature == (SignatureSettings{}) {
		return faults
	}
	if !slices.ContainsFunc(p.def.checks, func(c check) bool { _, ok := c.scheme.(hmacScheme); return ok }) {
		return append(faults, fmt.Errorf("signature: %s is not verified by a signature; remove it", p.typ))
	}
	if s.Signature.Header != "" && !validHeader(s.Signature.Header) {
		faults = append(faults, fmt.Errorf("signature.header: %q is no header name", cut(s.Signature.Header)))
	}
	if s.Signature.Encoding != "" && s.Signature.Encoding != "hex" && s.Signature.Encoding != "base64" {
		faults = append(faults, fmt.Errorf("signature.encoding: %q is neither hex nor base64", cut(s.Signature.Encoding)))
	}
	for i, c := range p.checks {
		h, ok := c.scheme.(hmacScheme)
		if !ok {
			continue
		}
		if s.Signature.Header != "" {
			h.headers = []string{textproto.CanonicalMIMEHeaderKey(s.Signature.Header)}
			if h.timestamp != nil && h.timestamp.member != "" {
				stamp := *h.timestamp
				stamp.headers = h.headers
				h.timestamp = &stamp
			}
		}
		if s.Signature.Encoding != "" {
			h.encoding = s.Signature.Encoding
		}
		if s.Signature.Prefix != nil && h.member != "" {
			faults = append(faults, fmt.Errorf("signature.prefix: %s writes its signatures as a list, which has none; remove it", p.typ))
		} else if s.Signature.Prefix != nil {
			h.prefixes = []string{*s.Signature.Prefix}
		}
		p.checks[i].scheme = h
	}
	return faults
}

// findSigned notes where the checks find what they sign beside the body: those
// that have credentials, and then, for what nobody checks, all.
func (p *Provider) findSigned() {
	var checks []check
	for _, c := range p.checks {
		checks = append(checks, c.check)
	}
	for _, c := range append(checks, p.def.checks...) {
		if p.stamp == nil {
			p.stamp = c.stamp()
		}
		if w, ok := c.scheme.(webhookScheme); ok && p.idHeaders == nil {
			p.idHeaders = w.ids()
		}
	}
}

// applyTimes sets the tolerance of the signed timestamp and max_future.
func (p *Provider) applyTimes(s Settings) (faults []error) {
	if s.Tolerance != nil {
		switch {
		case *s.Tolerance < 0:
			faults = append(faults, fmt.Errorf("tolerance: %s is negative; 0 switches the check off", *s.Tolerance))
		case !slices.ContainsFunc(p.def.checks, check.signsTime):
			faults = append(faults, fmt.Errorf("tolerance: %s signs no timestamp; remove it", p.typ))
		case *s.Tolerance == 0:
			p.warnings = append(p.warnings, "tolerance: 0: an old request that somebody captured can be sent again")
		}
	}
	for i, c := range p.checks {
		if s.Tolerance != nil {
			p.checks[i].check = c.tolerating(*s.Tolerance)
		}
	}
	p.findSigned()
	switch {
	case s.MaxFuture < 0:
		faults = append(faults, fmt.Errorf("max_future: %s is negative", s.MaxFuture))
	case s.MaxFuture > 0 && s.MaxFuture < time.Microsecond:
		faults = append(faults, fmt.Errorf("max_future: %s is less than a microsecond", s.MaxFuture))
	}
	p.maxFuture = s.MaxFuture
	if p.maxFuture == 0 {
		p.maxFuture = defaultMaxFuture
	}
	return faults
}
