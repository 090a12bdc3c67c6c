// Package pulse remembers what happened in the last hour and the last day, by
// provider: what a chart shows and an alarm judges. It is of this process alone and
// begins empty.
package pulse

import (
	"sync"
	"sync/atomic"
	"time"

	usersync "usersync/sync"
)

// Pulse counts. Its methods may be called by any goroutine.
type Pulse struct {
	clock func() time.Time
	of    atomic.Pointer[map[string]*past]
	mu    sync.Mutex // of Keep
}

// past is what is remembered of one provider, about 25 KB.
type past struct {
	mu   sync.Mutex
	hour [minutes]cell
	day  [quarters]cell
}

// New makes a Pulse that goes by a clock. It remembers nobody before Keep.
func New(clock func() time.Time) *Pulse {
	p := &Pulse{clock: clock}
	p.of.Store(&map[string]*past{})
	return p
}

// Now is what the clock says.
func (p *Pulse) Now() time.Time { return p.clock() }

// Keep says of which providers a past is kept: that of others is forgotten, and what is
// counted of them later is dropped. So what is remembered is as large as the configuration.
func (p *Pulse) Keep(providers []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := *p.of.Load()
	kept := make(map[string]*past, len(providers))
	for _, name := range providers {
		if kept[name] = old[name]; kept[name] == nil {
			kept[name] = &past{}
		}
	}
	p.of.Store(&kept)
}

// Note has count change the present of a provider.
func (p *Pulse) Note(provider string, count func(*Point)) { p.NoteAt(p.clock(), provider, count) }

// NoteAt is Note for who has asked the clock already.
func (p *Pulse) NoteAt(now time.Time, provider string, count func(*Point)) {
	one := (*p.of.Load())[provider]
	if one == nil {
		return
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	count(present(one.hour[:], minute, now))
	count(present(one.day[:], quarter, now))
}

// Observe counts an event; lag is from when it happened until it was durable, negative if
// that is not known.
func (p *Pulse) Observe(o usersync.Observation, lag time.Duration) { p.ObserveAt(p.clock(), o, lag) }

// ObserveAt is Observe for who has asked the clock already.
func (p *Pulse) ObserveAt(now time.Time, o usersync.Observation, lag time.Duration) {
	p.NoteAt(now, o.Provider, func(at *Point) { at.observe(o.Outcome, lag) })
}

// Hour is the last hour of a provider by minutes.
func (p *Pulse) Hour(provider string) Series {
	return p.series(provider, minute, minutes, func(one *past) []cell { return one.hour[:] })
}

// Day is the last day of a provider by quarters of an hour.
func (p *Pulse) Day(provider string) Series {
	return p.series(provider, quarter, quarters, func(one *past) []cell { return one.day[:] })
}

func (p *Pulse) series(provider string, step time.Duration, length int, of func(*past) []cell) Series {
	last := number(p.clock(), step)
	series := Series{Step: step, Points: make([]Point, length)}
	one := (*p.of.Load())[provider]
	if one != nil {
		one.mu.Lock()
		defer one.mu.Unlock()
	}
	for i := range series.Points {
		n := last - int64(length-1-i)
		if one != nil {
			if kept := slot(of(one), n); kept.number == n {
				series.Points[i] = kept.Point
			}
		}
		series.Points[i].At = time.Unix(n*int64(step/time.Second), 0).UTC()
	}
	return series
}
