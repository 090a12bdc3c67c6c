package handlers

import (
	"net/http"
	"net/netip"
)

// canonicalPrefixes writes every prefix the way addresses of connections are
// compared: an IPv4 network inside IPv6 is that IPv4 network.
func canonicalPrefixes(prefixes []netip.Prefix) []netip.Prefix {
	canonical := make([]netip.Prefix, 0, len(prefixes))
	for _, p := range prefixes {
		if mapped := 96; p.Addr().Is4In6() && p.Bits() >= mapped {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
		}
		canonical = append(canonical, p)
	}
	return canonical
}

// allows reports whether a request's connection may deliver.
func (e Endpoint) allows(r *http.Request) bool {
	if len(e.AllowIPs) == 0 {
		return true
	}
	peer := peerOf(r)
	for _, p := range e.AllowIPs {
		if p.Contains(peer) {
			return true
		}
	}
	return false
}
