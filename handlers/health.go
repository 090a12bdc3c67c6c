package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// How long a probe of the parts may take, and how long its result stands:
// anybody may ask the public listener, as often as they like.
const (
	probeTimeout  = 2 * time.Second
	probeLifetime = time.Second
)

// errDraining is why a daemon that is stopping is not ready.
var errDraining = errors.New("shutting down")

// Part is a place where a delivery can be made durable. One of them is enough to
// take deliveries.
type Part struct {
	Name string
	// Ready returns nil, or why not, for the operator: no secret in it. It
	// must return when ctx ends.
	Ready func(ctx context.Context) error
}

// Health tells whether the daemon takes deliveries.
type Health struct {
	parts    []Part
	draining atomic.Bool

	mu       sync.Mutex
	probedAt time.Time
	last     []partState
}

// partState is what a probe found.
type partState struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Error string `json:"error,omitempty"`
}

// readiness is the body of /readyz.
type readiness struct {
	Ready bool        `json:"ready"`
	Parts []partState `json:"parts,omitempty"`
}

// NewHealth makes a Health that is ready while one of the parts is, or without any.
func NewHealth(parts ...Part) *Health { return &Health{parts: parts} }

// Drain makes the daemon not ready for good.
func (h *Health) Drain() { h.draining.Store(true) }

// Ready asks the parts, unless that was done a moment ago.
func (h *Health) ready(ctx context.Context) readiness {
	states := h.probe(ctx)
	ok := len(states) == 0 || slices.ContainsFunc(states, func(s partState) bool { return s.Ready })
	if h.draining.Load() {
		states = append(states[:len(states):len(states)], stateOf("daemon", errDraining))
		ok = false
	}
	return readiness{Ready: ok, Parts: states}
}

// probe returns the states of the parts. Those who ask meanwhile wait and get
// the same result.
func (h *Health) probe(ctx context.Context) []partState {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.probedAt.IsZero() && time.Since(h.probedAt) < probeLifetime {
		return h.last
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	states := make([]partState, 0, len(h.parts))
	for _, p := range h.parts {
		states = append(states, stateOf(p.Name, p.Ready(ctx)))
	}
	h.last, h.probedAt = states, time.Now()
	return states
}

func stateOf(name string, err error) partState {
	if err != nil {
		return partState{Name: name, Error: escaped(err.Error(), maxDetail)}
	}
	return partState{Name: name, Ready: true}
}

// live answers that the process runs. It asks nobody: a restart mends no database.
func live(echo.Context, *record) answer {
	return answer{status: http.StatusOK, body: struct {
		Live bool `json:"live"`
	}{true}}
}

// briefly answers /readyz for strangers: without the parts.
func (h *Health) briefly(c echo.Context, _ *record) answer {
	return readyAnswer(readiness{Ready: h.ready(c.Request().Context()).Ready})
}

// verbosely answers /readyz for operators: with ?verbose it lists the parts to
// those whom the guard admits. A load balancer has no token and needs no parts.
func (h *Health) verbosely(g guard) handler {
	return func(c echo.Context, rec *record) answer {
		if !c.QueryParams().Has("verbose") || !g.admits(c.Request()) {
			return h.briefly(c, rec)
		}
		return readyAnswer(h.ready(c.Request().Context()))
	}
}

func readyAnswer(r readiness) answer {
	if !r.Ready {
		return answer{status: http.StatusServiceUnavailable, body: r}
	}
	return answer{status: http.StatusOK, body: r}
}
