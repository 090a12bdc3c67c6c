package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"usersync/providers"
	usersync "usersync/sync"
)

// webhookPrefix is what stands before a provider's name in a path.
const webhookPrefix = "/webhooks/"

// reasonIP is why a delivery from a wrong address is refused. The stranger
// cannot tell it from a wrong signature.
const reasonIP = "ip"

// ProbeHeader marks a request that `usersync check` sends: its sender is not heard
// from, however well it is signed. What says something that counts is no such request,
// whatever it claims: neither a sender nor who stands in between can make silence of
// events, or hide with which secret they were signed.
const ProbeHeader = "Usersync-Check"

// receive answers one delivery or handshake. What costs least is asked first, and nothing
// is read, parsed or stored for a sender that has not passed the step before.
func (w *Webhooks) receive(c echo.Context, rec *record) answer {
	r := c.Request()
	endpoint, ok := w.endpoint(c, rec)
	if !ok {
		return notFound()
	}
	methods := endpoint.Provider.Methods()
	if !slices.Contains(methods, r.Method) {
		return methodNotAllowed(strings.Join(methods, ", "))
	}
	if !endpoint.allows(r) {
		return w.reject(rec, reasonIP, "the address is not in allow_ips")
	}
	if !plain(r.Header) {
		rec.reason = "encoded"
		return encoded()
	}
	// net/http must see its own writer to close the connection after too much.
	rw := c.Response().Writer
	body, lease, err := w.readBody(rw, r)
	defer lease.release()
	if err != nil {
		return unread(err, rec)
	}
	rec.bytes = len(body)
	rec.complete = time.Now()
	request := providers.Request{Header: r.Header, Body: body, ReceivedAt: w.clock(), Origin: usersync.OriginLive}
	if r.Method != http.MethodPost {
		return greet(r.Method, endpoint.Provider, request, rec)
	}
	return w.take(endpoint, request, rec)
}

// endpoint returns what the path names, and notes it. Whatever the method, a
// provider that does not exist is not found. Echo forgets its parameters when no
// method fits, so the name is taken from the path.
func (w *Webhooks) endpoint(c echo.Context, rec *record) (Endpoint, bool) {
	name := strings.TrimPrefix(echo.GetPath(c.Request()), webhookPrefix)
	endpoint, ok := (*w.endpoints.Load())[name]
	if !ok {
		rec.route = "" // so that the log shows the path
		rec.reason = "unknown_provider"
		return Endpoint{}, false
	}
	rec.provider = name
	return endpoint, true
}

// take verifies, decodes and submits a complete delivery.
func (w *Webhooks) take(e Endpoint, request providers.Request, rec *record) answer {
	p := e.Provider
	proof, err := p.Verify(request)
	if err != nil {
		return w.disbelieve(err, rec)
	}
	rec.key = proof.Fingerprint
	probe := request.Header.Get(ProbeHeader) != ""
	if !probe {
		w.metrics.verified(rec.provider, proof.Fingerprint, request.ReceivedAt)
	}
	defer func() { w.metrics.acknowledged(rec.provider, time.Since(rec.complete)) }()

	if reply, ok := p.Handshake(http.MethodPost, request); ok {
		return greeted(reply, rec)
	}
	delivery := e.decode(request, proof)
	outcome := usersync.OutcomeIgnored
	if !delivery.Empty() {
		if probe {
			w.metrics.verified(rec.provider, proof.Fingerprint, request.ReceivedAt)
		}
		// A sender that hangs up may not come back: what it delivered counts, and is not
		// submitted for as long as its connection lasts.
		outcome, err = w.sink.Submit(context.Background(), delivery)
	}
	if err != nil {
		rec.reason, rec.detail = "not_durable", err.Error()
		return unavailable()
	}
	w.metrics.ignored(rec.provider, delivery.Ignored)
	rec.outcome = outcome.String()
	rec.bury(delivery.Letters)
	if reply := p.Reply(); reply != nil {
		return replied(*reply)
	}
	return w.receipts.taken(outcome)
}

// disbelieve refuses a delivery whose proof does not hold, or could not be tried.
func (w *Webhooks) disbelieve(err error, rec *record) answer {
	var rejection *providers.Rejection
	if errors.As(err, &rejection) {
		return w.reject(rec, rejection.Reason, rejection.Detail)
	}
	rec.reason, rec.detail = "unverifiable", err.Error()
	return unavailable()
}

// reject refuses a delivery that is not proven.
func (w *Webhooks) reject(rec *record, reason, detail string) answer {
	rec.reason, rec.detail = reason, detail
	w.metrics.rejected(rec.provider, reason)
	return unauthorized()
}
