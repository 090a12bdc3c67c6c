package providers

import (
	"net/http"
	"strings"

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
