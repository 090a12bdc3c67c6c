package providers

import (
	"net/http"
	"slices"
	"strings"
)

// transport are headers that say how a request came and not what it says. Without
// them a delivery that comes again looks the same.
func transport() []string {
	return []string{
		"Accept", "Accept-Encoding", "Connection", "Content-Length", "Date", "Expect", "Forwarded", "Host", "Keep-Alive", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade", "Via", "Traceparent", "Tracestate", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port",
		"X-Forwarded-Proto", "X-Real-Ip", "X-Request-Id",
	}
}

// keepForScript adds the headers that the script sees: all that the verification
// proved, and never a credential.
func (p *Provider) keepForScript(kept map[string]string, r Request, proof Proof) {
	if proof.Headers {
		hidden := p.hiddenHeaders()
		for name, values := range r.Header {
			if _, there := kept[name]; !there && !slices.Contains(hidden, name) && !p.def.unpacking.attribute(name) {
				kept[name] = strings.Join(values, doubled)
			}
		}
	}
	if proof.Timestamp == "" {
		keepReceived(kept, r)
	}
}

// attribute reports whether a header is a part of an event: one that is kept as a
// document has it there, unless it must not be kept.
func (u *unpacking) attribute(header string) bool {
	return u.format == unpackCloudEvents && strings.HasPrefix(header, attributePrefix)
}

// hiddenHeaders are those that no script sees, but for what keptHeaders keeps anyway.
func (p *Provider) hiddenHeaders() []string {
	hidden := append(transport(), "Authorization", "Cookie", "Proxy-Authorization", contentTypeHeader, keptHeader, receivedHeader)
	if p.stamp != nil { // one that was not signed would be believed when it is read again
		hidden = append(hidden, p.stamp.headers...)
	}
	for _, c := range p.checks { // where the settings say that another header has it
		hidden = append(hidden, c.scheme.credentials()...)
	}
	for _, c := range p.def.checks {
		hidden = append(hidden, c.scheme.credentials()...)
		for _, older := range c.legacy {
			hidden = append(hidden, older.credentials()...)
		}
	}
	for i, name := range hidden {
		hidden[i] = http.CanonicalHeaderKey(name)
	}
	return hidden
}

// shownHeaders are the headers as the script sees them, by their names in small letters. How
// the body is kept and when it came is no part of them.
func shownHeaders(kept map[string]string) map[string]string {
	all := make(map[string]string, len(kept))
	for name, value := range kept {
		switch name {
		case contentTypeHeader, keptHeader, receivedHeader:
		default:
			all[strings.ToLower(name)] = strings.ReplaceAll(value, doubled, ", ")
		}
	}
	return all
}

// credentials implements scheme.
func (h hmacScheme) credentials() []string { return h.headers }

// credentials implements scheme.
func (s secretScheme) credentials() []string { return []string{s.header} }
