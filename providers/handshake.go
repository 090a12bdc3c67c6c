package providers

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// handshake is one way in which a sender asks whether it may deliver here.
// Nothing is ever fetched for one: what it says is anybody's word.
type handshake interface {
	// method is the HTTP method that it comes with.
	method() string
	// answer replies; ok is false if the request is no such handshake.
	answer(r Request) (reply Reply, ok bool)
}

// maxChallenge bounds what is echoed, in bytes. Those of known senders have at
// most a hundred.
const maxChallenge = 1024

// Methods returns the HTTP methods that the sender may use, sorted: POST, and
// those of its handshakes. Every request asks, so it is one list, which nobody may change.
func (p *Provider) Methods() []string { return p.methods }

func methodsOf(handshakes []handshake) []string {
	methods := []string{http.MethodPost}
	for _, h := range handshakes {
		methods = append(methods, h.method())
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// Handshake answers a request that is a handshake; ok is false if it is none.
// One that comes as POST must have been verified before. The others prove
// nothing and cannot: the answer says that this URL expects deliveries, shows
// no more than it was given, and changes nothing.
func (p *Provider) Handshake(method string, r Request) (reply Reply, ok bool) {
	for _, h := range p.def.handshakes {
		if h.method() != method {
			continue
		}
		if reply, ok := h.answer(r); ok {
			return reply, true
		}
	}
	return Reply{}, false
}

// echoed is the answer to a challenge: the challenge itself, as a member of a
// JSON object. A challenge that is empty, long or not printable has none.
func echoed(member, challenge string) (reply Reply, ok bool) {
	if challenge == "" || len(challenge) > maxChallenge || !utf8.ValidString(challenge) || strings.ContainsFunc(challenge, isControl) {
		return Reply{}, false
	}
	// It escapes <, > and &: no browser may take the answer for a page.
	body, err := json.Marshal(map[string]string{member: challenge})
	return Reply{Status: http.StatusOK, ContentType: jsonType, Body: body}, err == nil
}

// handshakes reads the part `handshake`.
func (r *reader) handshakes(n *yaml.Node) []handshake {
	var all []handshake
	for _, item := range r.some(n, "handshake") {
		var h handshake
		r.mapping(item, "handshake", block{
			"challenge": func(n *yaml.Node) { h = r.challenge(n) },
			"options":   func(n *yaml.Node) { h = r.permission(n) },
		})
		r.exactlyOne(item, "handshake: expected one of challenge and options")
		all = append(all, h)
	}
	return all
}
