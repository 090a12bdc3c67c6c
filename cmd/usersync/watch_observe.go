package main

import (
	"time"

	"usersync/internal/alarm"
	"usersync/internal/config"
	usersync "usersync/sync"
)

// How often is looked: often enough for the shortest time that the rules have, within
// these bounds.
const (
	soonestLook = 250 * time.Millisecond
	latestLook  = 5 * time.Second
)

// lookEvery is how long to wait between two looks.
func lookEvery(c *config.Config) time.Duration {
	shortest := c.Alarms.SpoolAfter
	for name := range c.Built {
		if most := c.MaxSilenceOf(name); most > 0 {
			shortest = min(shortest, most)
		}
	}
	return min(max(shortest/4, soonestLook), latestLook)
}

// noteEvery is how long the database is left alone between two questions.
func noteEvery(c *config.Config) time.Duration { return 2 * lookEvery(c) }

// rulesOf are the rules of a configuration.
func rulesOf(c *config.Config) alarm.Rules {
	rules := alarm.Rules{
		MaxSilence: make(map[string]time.Duration, len(c.Built)), SignatureFailures: c.Alarms.SignatureFailures,
		DeadLetters: c.Alarms.DeadLetters, SpoolAfter: c.Alarms.SpoolAfter,
		// The other replica notes, and then this one asks.
		Late: noteEvery(c) + lookEvery(c),
	}
	for name := range c.Built {
		rules.MaxSilence[name] = c.MaxSilenceOf(name)
	}
	return rules
}

// observe gathers what is known now. It waits for nobody.
func (w *watch) observe(c *config.Config, at time.Time) alarm.Observed {
	seen := alarm.Observed{At: at, Started: w.since(), Shared: w.shared, Providers: make(map[string]alarm.Heard, len(c.Built))}
	for name := range c.Built {
		heard, activity := alarm.Heard{Recent: w.pulse.Hour(name).Sum(alarm.Window)}, w.Activity(name)
		heard.Verified, heard.Since = timeOf(activity.Verified), timeOf(w.sinceOf(name, activity.Since))
		seen.Providers[name] = heard
	}
	seen.Census, _, _ = w.census() // an old one is better than none, and whoever takes it tells of trouble
	if s := w.durable.spool; s != nil {
		stats := s.Stats()
		seen.Spool = &alarm.Spool{
			Records: stats.Records, Oldest: timeOf(stats.Oldest), Bytes: stats.Bytes, MaxBytes: w.durable.most, Unreadable: stats.Unreadable,
		}
	}
	switch {
	case w.durable.breaker.Away() == nil:
		w.away = time.Time{}
	case w.away.IsZero():
		w.away = at
	}
	seen.Away = w.away
	return seen
}

// broughtIn says of which providers a reload began or begins to hear, and when. Whoever
// was configured before, and left, was not silent while nobody listened.
func (w *watch) broughtIn(old, c *config.Config) *map[string]usersync.Micros {
	fresh := map[string]usersync.Micros{}
	if old == nil { // at the start nobody knows who is new
		return &fresh
	}
	for name := range c.Built {
		if _, stays := old.Built[name]; !stays {
			fresh[name] = usersync.MicrosOf(w.clock())
		} else if at, known := (*w.fresh.Load())[name]; known {
			fresh[name] = at
		}
	}
	return &fresh
}

// sinceOf is since when a provider is watched, of which the database says since when it
// was at first; 0: that is not known.
func (w *watch) sinceOf(name string, first usersync.Micros) usersync.Micros {
	if first == 0 {
		return 0
	}
	return max(first, (*w.fresh.Load())[name])
}

// since is when the replica began to look, or to know of the others again: whatever they
// verified while the database was away they tell it only now.
func (w *watch) since() time.Time {
	if w.resume.After(w.started) {
		return w.resume
	}
	return w.started
}

// timeOf is the time of an instant, the zero time of 0.
func timeOf(at usersync.Micros) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return at.Time()
}
