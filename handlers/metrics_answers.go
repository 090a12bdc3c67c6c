package handlers

import (
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// answers count the answers of a listener by status.
type answers struct {
	listener string
	vector   *prometheus.CounterVec
	made     [600]atomic.Pointer[prometheus.Counter]
}

func (a *answers) of(status int) prometheus.Counter {
	if status < 0 || status >= len(a.made) {
		return a.vector.WithLabelValues(a.listener, strconv.Itoa(status))
	}
	if counter := a.made[status].Load(); counter != nil {
		return *counter
	}
	counter := a.vector.WithLabelValues(a.listener, strconv.Itoa(status))
	a.made[status].Store(&counter)
	return counter
}

func (m *Metrics) answered(listener string, status int) { m.answers[listener].of(status).Inc() }
