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

	"usersync/handlers/desk"
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
// take deliveries, so the one that answers soonest comes first.
type Part struct {
	Name string
	// Ready returns nil, or why not, for the operator: no secret in it. It
	// must return when ctx ends.
	Ready func(ctx context.Context) error
}

// Health tells whether the daemon takes deliveries.
type Health struct {
	parts      []Part
	draining   atomic.Bool
	some, each probe
}

// probe asks parts, and remembers what they said.
type probe struct {
	mu   sync.Mutex
	at   time.Time
	last []desk.Part
}

// readiness is the body of /readyz.
type readiness struct {
	Ready bool        `json:"ready"`
	Parts []desk.Part `json:"parts,omitempty"`
}

// NewHealth makes a Health that is ready while one of the parts is, or without any.
func NewHealth(parts ...Part) *Health { return &Health{parts: parts} }

// Drain makes the daemon not ready for good.
func (h *Health) Drain() { h.draining.Store(true) }

// ready asks as many parts as it takes to know, unless that was done a moment ago:
// who decides whether we get deliveries shall not wait for a database that hangs.
func (h *Health) ready(ctx context.Context) readiness {
	return h.readiness(h.some.ask(ctx, h.parts, desk.Part.Takes))
}

// verbose asks all parts.
func (h *Health) verbose(ctx context.Context) readiness {
	return h.readiness(h.each.ask(ctx, h.parts, func(desk.Part) bool { return false }))
}

// Parts asks all parts, for who wants to look at them: whether deliveries are taken, and
// what each part says.
func (h *Health) Parts(ctx context.Context) (ready bool, parts []desk.Part) {
	r := h.verbose(ctx)
	return r.Ready, r.Parts
}

func (h *Health) readiness(states []desk.Part) readiness {
	ok := len(states) == 0 || slices.ContainsFunc(states, desk.Part.Takes)
	if h.draining.Load() {
		states = append(states[:len(states):len(states)], stateOf("daemon", errDraining))
		ok = false
	}
	return readiness{Ready: ok, Parts: states}
}

// ask returns the states of the parts, up to the first of which enough is true. Those
// who ask meanwhile wait and get the same result.
func (p *probe) ask(ctx context.Context, parts []Part, enough func(desk.Part) bool) []desk.Part {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.at.IsZero() && time.Since(p.at) < probeLifetime {
		return p.last
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	states := make([]desk.Part, 0, len(parts))
	for _, part := range parts {
		state := stateOf(part.Name, part.Ready(ctx))
		if states = append(states, state); enough(state) {
			break
		}
	}
	p.last, p.at = states, time.Now()
	return states
}

func stateOf(name string, err error) desk.Part {
	if err != nil {
		return desk.Part{Name: name, Error: escaped(err.Error(), maxDetail)}
	}
	return desk.Part{Name: name, Ready: true}
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
		return readyAnswer(h.verbose(c.Request().Context()))
	}
}

func readyAnswer(r readiness) answer {
	if !r.Ready {
		return answer{status: http.StatusServiceUnavailable, body: r}
	}
	return answer{status: http.StatusOK, body: r}
}
