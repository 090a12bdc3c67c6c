package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/alarm"
	"usersync/internal/config"
	"usersync/internal/notice"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// activityTimeout is how long the database may take to tell what other replicas verified.
const activityTimeout = 2 * time.Second

// meters is where a watch finds what this replica verified, and shows what it knows.
type meters interface {
	Verified() map[string]usersync.Micros
	Heard(provider string, at usersync.Micros)
	Watched(provider string, since usersync.Micros)
	Alarms(all []alarm.Alarm)
}

// watch looks every few seconds whether something is wrong, and sees to it that operators
// hear of it.
type watch struct {
	log        zerolog.Logger
	clock      func() time.Time
	started    time.Time
	meters     meters
	pulse      *pulse.Pulse
	activities usersync.Activities
	census     func() (*usersync.Census, time.Time, error)
	durable    *durability
	office     *notice.Office

	config  atomic.Pointer[config.Config] // exchanged by a reload
	stand   atomic.Pointer[[]alarm.Alarm]
	known   atomic.Pointer[map[string]usersync.Activity]
	unknown atomic.Pointer[string]
	fresh   atomic.Pointer[map[string]usersync.Micros] // when a reload brought a provider in

	// Of the goroutine of run:
	noted  time.Time // when the database was asked last
	shared time.Time // when it answered last
	missed bool      // whether it has been silent since
	resume time.Time // when it last answered again after that
	away   time.Time // since when it takes nothing
}

// newWatch puts a watch over the parts of a daemon.
func (d *daemon) newWatch() *watch {
	w := &watch{
		log: d.log, clock: time.Now, started: time.Now(), meters: d.metrics, pulse: d.pulse,
		activities: d.db.Activities(), census: d.census.Last, durable: d.durable,
	}
	w.office = &notice.Office{
		Sender: notice.Sender{Replica: hostName(), URL: w.page}, Claims: d.db.Notices(), Clock: time.Now,
		Log: slog.New(zerolog.NewSlogHandler(d.log)),
	}
	return w
}

// replace takes over a configuration: its rules hold from the next look on.
func (w *watch) replace(c *config.Config) {
	old := w.config.Swap(c)
	w.fresh.Store(w.broughtIn(old, c))
	posters := make(map[string]notice.Poster, len(c.BuiltNotify))
	for name, address := range c.BuiltNotify {
		posters[name] = address
	}
	w.office.Exchange(posters, c.Alarms.Repeat)
}

// run looks until ctx ends.
func (w *watch) run(ctx context.Context) {
	for {
		c := w.config.Load()
		w.look(ctx, c)
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery(c)):
		}
	}
}

func (w *watch) look(ctx context.Context, c *config.Config) {
	at := w.clock()
	w.note(ctx, c, at)
	rules, seen := rulesOf(c), w.observe(c, at)
	before := w.Standing()
	standing := alarm.Judge(rules, seen, before)
	unknown := alarm.Unknown(rules, seen)
	if was := w.unknown.Swap(&unknown); unknown != "" && (was == nil || *was == "") {
		w.log.Warn().Msg("alarms: " + unknown)
	}
	w.stand.Store(&standing)
	w.say(before, standing)
	w.meters.Alarms(standing)
	w.office.Tell(standing, at)
}

// note tells the database what this replica verified, and hears what others did.
func (w *watch) note(ctx context.Context, c *config.Config, at time.Time) {
	if at.Sub(w.noted) < noteEvery(c) {
		return
	}
	if w.durable.breaker.Away() != nil {
		w.missed = true
		return
	}
	w.noted = at
	verified := map[string]usersync.Micros{}
	for name, last := range w.meters.Verified() {
		if c.Built[name] != nil {
			verified[name] = last
		}
	}
	limited, cancel := context.WithTimeout(ctx, activityTimeout)
	defer cancel()
	known, err := w.activities.NoteActivity(limited, verified, usersync.MicrosOf(at))
	if err != nil {
		w.log.Debug().Err(err).Msg("alarms: what other replicas verified is not known")
		w.missed = true
		return
	}
	if w.missed && at.Sub(w.shared) > 2*rulesOf(c).Late { // else hardly anything was missed
		w.resume = at
	}
	w.missed = false
	w.shared = at
	w.known.Store(&known)
	for name, a := range known {
		w.meters.Heard(name, a.Verified)
		w.meters.Watched(name, w.sinceOf(name, a.Since))
	}
}

// Standing are the alarms that stand, the worst first.
func (w *watch) Standing() []alarm.Alarm {
	if standing := w.stand.Load(); standing != nil {
		return *standing
	}
	return nil
}

// Activity is what is known of a provider's deliveries, of all replicas.
func (w *watch) Activity(provider string) (a usersync.Activity) {
	if known := w.known.Load(); known != nil {
		a = (*known)[provider]
	}
	a.Verified = max(a.Verified, w.meters.Verified()[provider])
	return a
}

// Trouble is what cannot be judged, and who cannot be told.
func (w *watch) Trouble() (all []string) {
	if unknown := w.unknown.Load(); unknown != nil && *unknown != "" {
		all = append(all, *unknown)
	}
	return append(all, w.office.Trouble()...)
}
