package handlers

import (
	"net/http"

	"github.com/rs/zerolog"
)

// NewPublic returns what the public listener serves.
func NewPublic(w *Webhooks, health *Health, log zerolog.Logger) http.Handler {
	l := newListener(publicListener, log, w.metrics)
	l.handle("/webhooks/:provider", false, w.receive, http.MethodPost)
	l.handle("/livez", true, live, http.MethodGet, http.MethodHead)
	l.handle("/readyz", true, health.briefly, http.MethodGet, http.MethodHead)
	return l
}
