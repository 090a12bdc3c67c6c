package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"usersync/handlers"
	"usersync/handlers/desk"
	"usersync/internal/alarm"
	"usersync/internal/config"
	"usersync/internal/pulse"
	"usersync/models"
	usersync "usersync/sync"
)

// overviewer tells how things stand. What it asks answers at once, from what others have
// found out: nobody who looks at a page makes the database work.
type overviewer struct {
	config  atomic.Pointer[config.Config] // exchanged by a reload
	lists   atomic.Pointer[map[string]string]
	started time.Time
	replica string
	db      *models.DB
	health  *handlers.Health
	durable *durability
	pulse   *pulse.Pulse
	// census is the last one and when it was taken; nil: there is none yet.
	census func() (*usersync.Census, time.Time, error)
	// standing are the alarms, activity when a provider was heard of by any replica.
	standing func() []alarm.Alarm
	activity func(provider string) usersync.Activity
	trouble  func() []string // with alarms
	secrets  func(provider string) []desk.SecretUse
}

// hostName names this replica.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// replace takes over a configuration.
func (o *overviewer) replace(c *config.Config) {
	unlistedBy := make(map[string]string, len(c.Built))
	for name := range c.Built {
		if err := unlisted(c, name); err != nil {
			unlistedBy[name] = err.Error()
		}
	}
	o.config.Store(c)
	o.lists.Store(&unlistedBy)
}

// Overview is how things stand now.
func (o *overviewer) Overview(ctx context.Context) desk.Overview {
	c := o.config.Load()
	view := desk.Overview{
		At: time.Now(), Started: o.started, Version: version, Replica: o.replica,
		Database: string(o.db.Dialect()), Alarms: o.standing(),
	}
	view.Ready, view.Parts = o.health.Parts(ctx)
	if away := o.durable.breaker.Away(); away != nil {
		view.Away = away.Error()
	}
	if o.durable.spool != nil {
		view.Spool = spoolView(o.durable)
	}
	census, at, err := o.census()
	switch {
	case err != nil:
		view.Trouble = append(view.Trouble, uncounted(at, err))
	case census == nil:
		view.Trouble = append(view.Trouble, "what waits in the database is not known yet")
	}
	view.Trouble = append(view.Trouble, o.trouble()...)
	if census == nil {
		census = &usersync.Census{}
	}
	view.Messages = census.Messages
	for _, name := range providerNames(c) {
		view.Providers = append(view.Providers, o.provider(c, name, census, view.Alarms))
	}
	return view
}

// uncounted says why what waits cannot be counted, and of when the figures are, if there are any.
func uncounted(counted time.Time, err error) string {
	if counted.IsZero() {
		return fmt.Sprintf("what waits in the database could not be counted since the start: %v", err)
	}
	return fmt.Sprintf("what waits in the database was last counted at %s: %v", counted.UTC().Format(time.RFC3339), err)
}

func (o *overviewer) provider(c *config.Config, name string, census *usersync.Census, alarms []alarm.Alarm) desk.Provider {
	every, _ := c.ReconcileOf(name)
	heard := o.activity(name)
	p := desk.Provider{
		Name: name, Type: c.Built[name].Type(), WebhookURL: c.WebhookURL(name),
		Unlisted: (*o.lists.Load())[name], Every: every, MaxSilence: c.MaxSilenceOf(name),
		Hour: o.pulse.Hour(name), Day: o.pulse.Day(name), Secrets: o.secrets(name),
	}
	if heard.Verified != 0 {
		p.Verified = heard.Verified.Time()
	}
	p.Health = desk.HealthOf(name, alarms, p.Verified)
	for _, l := range census.Letters {
		if l.Provider == name {
			p.Letters = l
		}
	}
	for _, h := range census.Hydrations {
		if h.Provider == name {
			p.Hydrations = h
		}
	}
	for _, r := range census.Runs {
		if r.Provider == name {
			p.Runs = append(p.Runs, r)
		}
	}
	slices.SortFunc(p.Runs, func(a, b usersync.RunRecord) int { return cmp.Compare(b.ID, a.ID) })
	p.Runs = lastOfEachKind(p.Runs)
	return p
}

// lastOfEachKind leaves of runs, the newest first, the first of each kind.
func lastOfEachKind(runs []usersync.RunRecord) []usersync.RunRecord {
	seen := map[usersync.RunKind]bool{}
	return slices.DeleteFunc(runs, func(r usersync.RunRecord) bool {
		before := seen[r.Kind]
		seen[r.Kind] = true
		return before
	})
}

func spoolView(d *durability) *desk.Spool {
	stats := d.spool.Stats()
	view := &desk.Spool{Records: int64(stats.Records), Bytes: stats.Bytes, MaxBytes: d.most}
	if stats.Oldest != 0 {
		view.Oldest = stats.Oldest.Time()
	}
	return view
}
