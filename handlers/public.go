package handlers

import (
	"net/http"

	"github.com/rs/zerolog"
)

// NewPublic returns what the public listener serves.
func NewPublic(w *Webhooks, health *Health, log zerolog.Logger) http.Handler {
	l := newListener(publicListener, guard{}, log, w.metrics)
	read := []string{http.MethodGet, http.MethodHead}
	l.handleAll(record{route: webhookPrefix + ":provider"}, w.receive)
	l.handle(record{route: "/livez", quiet: true}, live, always, read...)
	l.handle(record{route: "/readyz", quiet: true}, health.briefly, always, read...)
	return l
}
