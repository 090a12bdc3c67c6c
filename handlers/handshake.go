package handlers

import (
	"net/http"
	"strings"

	"usersync/providers"
)

// What the log says of a request by which a sender asks whether it may deliver.
const (
	outcomeHandshake  = "handshake"
	reasonNoHandshake = "no_handshake"
)

// greet answers a request that can only be a handshake.
func greet(method string, p Provider, request providers.Request, rec *record) answer {
	reply, ok := p.Handshake(method, request)
	if !ok {
		rec.reason = reasonNoHandshake
		return methodNotAllowed(strings.Join(p.Methods(), ", "))
	}
	return greeted(reply, rec)
}

// greeted answers a handshake.
func greeted(reply providers.Reply, rec *record) answer {
	rec.outcome, rec.detail = outcomeHandshake, reply.Note
	return replied(reply)
}

// replied is an answer in the words of the sender. Without a body it has no
// content type, which would be that of nothing.
func replied(reply providers.Reply) answer {
	return answer{page: func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range reply.Header {
			w.Header().Set(name, value)
		}
		if len(reply.Body) > 0 {
			w.Header().Set("Content-Type", reply.ContentType)
		}
		w.WriteHeader(reply.Status)
		_, _ = w.Write(reply.Body)
	}}
}
