package main

import (
	"net/url"
	"slices"

	"usersync/internal/alarm"
)

// say logs what has changed since the last look: once of each alarm, when it begins, when
// it becomes critical, and when it is over.
func (w *watch) say(before, standing []alarm.Alarm) {
	for i := range standing {
		a := &standing[i]
		old := find(before, a)
		if old == nil || old.Severity != a.Severity {
			w.log.Warn().Str("kind", string(a.Kind)).Str("provider", a.Provider).Str("severity", string(a.Severity)).Time("since", a.Since).
				Str("remedy", a.Remedy).Msg("alarm: " + a.Text)
		}
	}
	for i := range before {
		if a := &before[i]; find(standing, a) == nil {
			w.log.Info().Str("kind", string(a.Kind)).Str("provider", a.Provider).Time("since", a.Since).Msg("the alarm is over")
		}
	}
}

// find returns the alarm of the same kind and provider, or nil.
func find(all []alarm.Alarm, like *alarm.Alarm) *alarm.Alarm {
	i := slices.IndexFunc(all, func(a alarm.Alarm) bool { return a.Kind == like.Kind && a.Provider == like.Provider })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// page is where the dashboard shows more of an alarm.
func (w *watch) page(a alarm.Alarm) string {
	u := url.URL{Scheme: "http", Host: reachable(w.config.Load().Admin.Listen), Path: "/"}
	switch a.Kind {
	case alarm.DeadLetters:
		u.Path = "/letters"
	case alarm.DriftHeld, alarm.DeletesHeld:
		u.Path = "/runs"
	}
	if a.Provider != "" && u.Path != "/" {
		u.RawQuery = url.Values{"provider": {a.Provider}}.Encode()
	}
	return u.String()
}
