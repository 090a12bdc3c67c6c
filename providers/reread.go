package providers

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	usersync "usersync/sync"
)

// Reread reads a request that was verified when it arrived and then kept, with
// what the configuration says now. A dead letter's payload and headers, or a
// command's, are such a request too. For one that is tried again, ReceivedAt is
// the time of the new attempt.
func (p *Provider) Reread(v *usersync.Verified, origin usersync.Origin) *usersync.Delivery {
	r := Request{Header: make(http.Header, len(v.Headers)), Body: v.Body, ReceivedAt: v.ReceivedAt.Time(), Origin: origin}
	for name, value := range v.Headers {
		r.Header[name] = strings.Split(value, doubled)
	}
	return p.decode(r, p.trust(r.Header), keptForm(v.Headers[keptHeader])) // what was kept was proven
}

// RereadUser reads the dead letter of a listed or fetched user again, as of the
// instant that its headers tell. The error says why it cannot be read at all.
func (p *Provider) RereadUser(v *usersync.Verified, origin usersync.Origin, api APISettings) (*usersync.Delivery, error) {
	p.standards(&api, defaultFetchBudget)
	found, err := p.def.callsOf(api.Variant)
	if err != nil {
		return nil, err
	}
	parts := found.itemsOf(origin)
	if len(parts) == 0 {
		return nil, noPart(p.typ, api.Variant, "such list of users any more", "a reconcile of another list tells how the user looks now")
	}
	date, err := time.Parse(http.TimeFormat, v.Headers[dateHeader])
	if err != nil {
		return nil, fmt.Errorf("its header %s does not say when the user looked like this", dateHeader)
	}
	if err := checkJSON(v.Body); err != nil {
		return nil, fmt.Errorf("it is no user: %w", err)
	}
	at := seen{usersync.MicrosOf(date), v.ReceivedAt, v.Headers}
	d := &usersync.Delivery{}
	for _, part := range parts {
		var c usersync.Command
		letter := p.itemReader(part, api, origin).read(string(v.Body), at, &c)
		if letter == nil {
			return &usersync.Delivery{Commands: []usersync.Command{c}}, nil
		}
		if d.Letters == nil {
			d.Letters = []usersync.DeadLetter{*letter}
		}
	}
	return d, nil
}

// itemsOf are the ways to read a user of an origin, the likeliest first. A
// reconcile lists users and fetches those who are missing.
func (c calls) itemsOf(origin usersync.Origin) (parts []itemPart) {
	listed := c.list != nil && !c.list.detail // else each listed user was fetched
	if listed && origin != usersync.OriginHydrate {
		parts = append(parts, c.list.item)
	}
	if c.fetch != nil && (!listed || origin != usersync.OriginBackfill) {
		parts = append(parts, c.fetch.item)
	}
	return parts
}
