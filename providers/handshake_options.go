package providers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// permission is the validation of the CloudEvents project's "HTTP 1.1 Web Hooks
// for Event Delivery" 1.0.2, section 4: an OPTIONS request asks whether a sender
// may deliver, and at which rate.
type permission struct {
	rate string // requests a minute, or "*" for any
}

// The headers of that specification, in their canonical form.
const (
	requestOrigin   = "Webhook-Request-Origin"
	requestCallback = "Webhook-Request-Callback"
	allowedOrigin   = "WebHook-Allowed-Origin"
	allowedRate     = "WebHook-Allowed-Rate"
)

// maxOrigin is the longest DNS name, in bytes.
const maxOrigin = 253

func (permission) method() string { return http.MethodOptions }

// answer grants the permission to the origin that asks. The callback, by which
// it could be granted later, is not called: it is an address of a stranger's
// choice. Its host is told, without its path and query, which hold a key.
func (p permission) answer(r Request) (Reply, bool) {
	origin, rejection := single(r.Header, requestOrigin)
	if rejection != nil || !isOrigin(origin) {
		return Reply{}, false
	}
	reply := Reply{
		Status: http.StatusOK,
		Header: map[string]string{"Allow": http.MethodPost, allowedOrigin: origin, allowedRate: p.rate},
	}
	if callback := r.Header.Get(requestCallback); callback != "" {
		reply.Note = "the callback was not called"
		if u, err := url.Parse(callback); err == nil && u.Hostname() != "" {
			reply.Note += ": its host is " + cut(u.Hostname())
		}
	}
	return reply, true
}

// isOrigin reports whether a text can be the DNS expression that names a sender.
func isOrigin(s string) bool {
	return s != "" && len(s) <= maxOrigin && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(".-_*", c)
	})
}

// permission reads `options`: true, or {rate: N}.
func (r *reader) permission(n *yaml.Node) handshake {
	p := permission{rate: "*"}
	r.either(n, forms{
		scalar: func(n *yaml.Node) { r.oneFlag(n, "handshake.options") },
		mapping: func(n *yaml.Node) {
			r.mapping(n, "handshake.options", block{
				"rate": func(n *yaml.Node) { p.rate = strconv.Itoa(r.count(n, "handshake.options.rate")) },
			}, "rate")
		},
	})
	return p
}
