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
	return p.Decode(r, p.trust(r.Header)) // what was kept was proven
}

// RereadUser reads the dead letter of a listed or fetched user again, as of the
// instant that its headers tell. Whether a list or a fetch showed it is not
// known for all origins, so what either of them understands is understood. The
// error says why the provider's users cannot be read at all.
func (p *Provider) RereadUser(v *usersync.Verified, origin usersync.Origin, api APISettings) (*usersync.Delivery, error) {
	p.standards(&api, defaultFetchBudget)
	found, err := p.def.callsOf(api.Variant)
	if err != nil {
		return nil, err
	}
	var parts []itemPart
	if found.list != nil {
		parts = append(parts, found.list.item)
	}
	if found.fetch != nil {
		parts = append(parts, found.fetch.item)
	}
	if len(parts) == 0 {
		return nil, noPart(p.typ, api.Variant, "list of users", "what was once listed cannot be read any more")
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
