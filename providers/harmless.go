package providers

import (
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	usersync "usersync/sync"
)

// harmlessType is the name of an event that no sender has: an event that nobody maps
// is not about a user.
const harmlessType = "usersync.check"

// errNothingHarmless is for a provider of whose samples none can be made harmless.
var errNothingHarmless = errors.New("no sample of its definition can be changed into an event that is ignored")

// Harmless makes a signed request, as Build does, of an event that a daemon with these
// settings ignores: it changes nothing and is no dead letter. It is made of a sample
// whose type is replaced. The error says why there is none, or why nobody
// but the provider can sign it.
func (p *Provider) Harmless(s Sample) (header http.Header, body []byte, err error) {
	if len(p.def.samples) == 0 {
		return nil, nil, errNothingHarmless
	}
	for _, t := range p.def.samples {
		header, body := t.request(s)
		for _, changed := range typeReplaced(t.name, header, body) {
			if !p.ignores(changed, s) {
				continue
			}
			if changed.Body, err = p.seal(changed.Body); err != nil {
				return nil, nil, err
			}
			if err := p.Sign(changed.Header, changed.Body, s.Time); err != nil {
				return nil, nil, err
			}
			return changed.Header, changed.Body, nil
		}
	}
	return nil, nil, errNothingHarmless
}

// ignores reports whether the request, once it is proven, is ignored as a whole.
func (p *Provider) ignores(r Request, s Sample) bool {
	if checkJSON(r.Body) != nil {
		return false
	}
	proof := Proof{ID: s.EventID, Headers: true}
	if p.stamp != nil {
		proof.Timestamp = p.stamp.format.write(s.Time)
	}
	r.ReceivedAt, r.Origin = s.Time, usersync.OriginLive
	d := p.decode(r, proof, p.def.unpacking.sampled())
	return d.Empty() && d.Ignored > 0
}

// typeReplaced returns the request with one of its texts replaced in each, those first
// that the event's name consists of: in most of the others something else is.
func typeReplaced(event string, header http.Header, body []byte) (all []Request) {
	var likely, others []Request
	add := func(text string, r Request) {
		if text != "" && strings.Contains(event, text) {
			likely = append(likely, r)
		} else {
			others = append(others, r)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if name != contentTypeHeader {
			changed := header.Clone()
			changed.Set(name, harmlessType)
			add(header.Get(name), Request{Header: changed, Body: body})
		}
	}
	texts := regexp.MustCompile(`"(?:[^"\\]|\\.)*"`) // names of members among them
	for _, at := range texts.FindAllIndex(body, -1) {
		text, err := strconv.Unquote(string(body[at[0]:at[1]]))
		if err != nil {
			continue // an escape that Go does not know is in no type
		}
		changed := slices.Concat(body[:at[0]], []byte(`"`+harmlessType+`"`), body[at[1]:])
		add(text, Request{Header: header.Clone(), Body: changed})
	}
	return append(likely, others...)
}

// SignsTime returns how far a signed time may be away from our clock: 0 if the provider
// signs none, or none is looked at.
func (p *Provider) SignsTime() (tolerance time.Duration) {
	for _, c := range p.checks {
		if stamp := c.stamp(); stamp != nil && stamp.tolerance > 0 && (tolerance == 0 || stamp.tolerance < tolerance) {
			tolerance = stamp.tolerance
		}
	}
	return tolerance
}
