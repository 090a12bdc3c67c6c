package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"usersync/providers"
	usersync "usersync/sync"
)

// reasonIP is why a delivery from a wrong address is refused. The stranger
// cannot tell it from a wrong signature.
const reasonIP = "ip"

// receive answers one delivery. What costs least is asked first, and nothing
// is read, parsed or stored for a sender that has not passed the step before.
func (w *Webhooks) receive(c echo.Context, rec *record) answer {
	r, name := c.Request(), c.Param("provider")
	endpoint, ok := (*w.endpoints.Load())[name]
	if !ok {
		rec.route = "" // so that the log shows the path
		rec.reason = "unknown_provider"
		return notFound()
	}
	rec.provider = name
	if !endpoint.allows(peerOf(r)) {
		return w.reject(rec, reasonIP, "the address is not in allow_ips")
	}
	if !plain(r.Header) {
		rec.reason = "encoded"
		return encoded()
	}
	lease := w.budget.lease()
	defer lease.release()
	// net/http must see its own writer to close the connection after too much.
	body, err := w.readBody(c.Response().Writer, r, lease)
	if err != nil {
		return unread(err, rec)
	}
	rec.bytes = len(body)
	rec.complete = time.Now()
	return w.take(r, endpoint.Provider, body, rec)
}

// take verifies, decodes and submits a complete body.
func (w *Webhooks) take(r *http.Request, p Provider, body []byte, rec *record) answer {
	request := providers.Request{Header: r.Header, Body: body, ReceivedAt: w.clock(), Origin: usersync.OriginLive}
	proof, err := p.Verify(request)
	var rejection *providers.Rejection
	switch {
	case errors.As(err, &rejection):
		return w.reject(rec, rejection.Reason, rejection.Detail)
	case err != nil:
		rec.reason, rec.detail = "unverifiable", err.Error()
		return unavailable()
	}
	rec.key = proof.Fingerprint
	w.metrics.verified(rec.provider, request.ReceivedAt)
	defer func() { w.metrics.acknowledged(rec.provider, time.Since(rec.complete)) }()

	delivery := p.Decode(request, proof)
	outcome := usersync.OutcomeIgnored
	if len(delivery.Commands)+len(delivery.Letters) > 0 {
		// A sender that hangs up may not come back: what it delivered counts.
		outcome, err = w.sink.Submit(context.WithoutCancel(r.Context()), delivery)
	}
	if err != nil {
		rec.reason, rec.detail = "not_durable", err.Error()
		return unavailable()
	}
	w.metrics.ignored(rec.provider, delivery.Ignored)
	rec.outcome = outcome.String()
	return answer{status: http.StatusOK, body: receipt{true, rec.outcome}}
}

// reject refuses a delivery that is not proven.
func (w *Webhooks) reject(rec *record, reason, detail string) answer {
	rec.reason, rec.detail = reason, detail
	w.metrics.rejected(rec.provider, reason)
	return unauthorized()
}
