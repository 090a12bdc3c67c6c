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
		}
		if s.Signature.Encoding != "" {
			h.encoding = s.Signature.Encoding
		}
		if s.Signature.Prefix != nil {
			h.prefixes = []string{*s.Signature.Prefix}
		}
		p.checks[i].scheme = h
	}
	return faults
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
		if h, ok := c.scheme.(hmacScheme); ok && s.Tolerance != nil && h.timestamp != nil {
			stamp := *h.timestamp
			stamp.tolerance = *s.Tolerance
			h.timestamp = &stamp
			p.checks[i].scheme = h
		}
	}
	for _, c := range p.def.checks {
		if h, ok := c.scheme.(hmacScheme); ok && h.timestamp != nil {
			p.stamp = h.timestamp
		}
	}
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
