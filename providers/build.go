package providers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	usersync "usersync/sync"
)

// Build makes a realistic request, signed at s.Time with the first secret, for
// an event that is named as the provider does, or by a kind such as
// user.banned. The error of an unknown event lists the known ones.
func (p *Provider) Build(event string, s Sample) (header http.Header, body []byte, err error) {
	if s.UserID == "" {
		return nil, nil, errors.New("a sample needs a user id")
	}
	if s.Time.IsZero() {
		return nil, nil, errors.New("a sample needs a time")
	}
	if s.Email == "" {
		s.Email = "jane.doe@example.com"
	}
	if s.Name == "" {
		s.Name = "Jane Doe"
	}
	if s.EventID == "" {
		s.EventID = "evt_" + strings.TrimPrefix(hashID(event+" "+s.UserID+" "+s.Time.UTC().Format(time.RFC3339Nano)), "sha256-")
	}
	t, ok := p.sample(event, s)
	if !ok {
		if len(p.def.samples) == 0 {
			return nil, nil, fmt.Errorf("%s has no samples: write the part samples of its definition", p.name)
		}
		return nil, nil, fmt.Errorf("%s has no sample of %q; there are %s", p.name, cut(event), strings.Join(p.Events(), ", "))
	}
	header, body = t.request(s)
	for _, values := range header {
		if strings.ContainsFunc(values[0], isControl) {
			return nil, nil, errors.New("a sample's values must not have control characters: one stands in a header")
		}
	}
	if err := p.Sign(header, body, s.Time); err != nil {
		return nil, nil, err
	}
	return header, body, nil
}

// Sign adds the headers that prove the body, made with the first secret of
// each credential that can sign: the inverse of Verify. Without credentials it
// adds none. Of alternatives, the first that can sign does. The error says why
// nobody but the provider can.
func (p *Provider) Sign(header http.Header, body []byte, at time.Time) error {
	for rest := p.checks; len(rest) > 0; {
		var element anyOf
		element, rest = firstElement(rest)
		var err error
		for _, c := range element {
			if err = c.scheme.sign(header, body, at, c.keys); err == nil {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// sample finds a sample by its name, by the kind that it stands for, or by the
// kind that it decodes to, which the operator's aliases may have changed.
func (p *Provider) sample(event string, s Sample) (sampleTemplate, bool) {
	for _, t := range p.def.samples {
		if t.name == event {
			return t, true
		}
	}
	kind, ok := usersync.ParseKind(event)
	if !ok {
		return sampleTemplate{}, false
	}
	for _, t := range p.def.samples {
		if slices.Contains(t.standsFor, kind) {
			return t, true
		}
	}
	proof := Proof{ID: s.EventID}
	if p.stamp != nil {
		proof.Timestamp = p.stamp.format.write(s.Time)
	}
	for _, t := range p.def.samples {
		header, body := t.request(s)
		d := p.decode(Request{Header: header, Body: body, ReceivedAt: s.Time}, proof, p.def.unpacking.sampled())
		if len(d.Commands) == 1 && d.Commands[0].Kind == kind {
			return t, true
		}
	}
	return sampleTemplate{}, false
}
