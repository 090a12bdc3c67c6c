package providers

import (
	"strings"

	usersync "usersync/sync"
)

const contentTypeHeader = "Content-Type"

// doubled stands between the values of a header that came more than once. No
// header can hold a line feed, so a doubled one stays refused.
const doubled = "\n"

// letter makes the dead letter of an event that is not understood.
func (p *Provider) letter(r Request, one part, headers map[string]string, wrong *problem) usersync.DeadLetter {
	return usersync.DeadLetter{
		Provider:   p.name,
		Reason:     wrong.reason,
		Detail:     wrong.detail,
		Payload:    one.payload,
		Headers:    headers,
		Origin:     r.Origin,
		ReceivedAt: usersync.MicrosOf(r.ReceivedAt),
	}
}

// keptHeaders picks the headers that are needed to decode again what is kept
// in a form: never a credential, and a timestamp or an id only if it was
// signed.
func (p *Provider) keptHeaders(r Request, proof Proof, form keptForm) map[string]string {
	kept := map[string]string{}
	switch form {
	case asSent:
		if contentType := r.Header.Get(contentTypeHeader); contentType != "" {
			kept[contentTypeHeader] = contentType
		}
		if p.def.unpacking.binary(r.Header) {
			for _, name := range attributeHeaders(r.Header) {
				kept[name] = strings.Join(r.Header[name], doubled)
			}
		}
	case keptStructured:
		kept[contentTypeHeader] = structuredType
	default:
		kept[contentTypeHeader], kept[keptHeader] = "application/json", string(form)
	}
	p.keepSigned(kept, proof)
	switch {
	case p.script != nil:
		p.keepForScript(kept, r, proof)
	case p.def.event.usesReceived:
		keepReceived(kept, r)
	}
	return kept
}

// keepSigned notes what the signature covers beside the body, where trust looks
// for it.
func (p *Provider) keepSigned(kept map[string]string, proof Proof) {
	if p.stamp != nil && proof.Timestamp != "" {
		p.stamp.keep(kept, proof.Timestamp)
	}
	if len(p.idHeaders) > 0 && proof.ID != "" {
		kept[p.idHeaders[0]] = proof.ID
	}
}
