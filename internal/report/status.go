package report

import (
	"usersync/handlers/desk"
	"usersync/internal/alarm"
	usersync "usersync/sync"
)

// Status is how things stand.
type Status struct {
	At        Instant           `json:"at"`
	Started   *Instant          `json:"started_at"`
	Version   string            `json:"version"`
	Replica   string            `json:"replica"`
	Ready     bool              `json:"ready"`
	Database  Database          `json:"database"`
	Parts     []Part            `json:"parts"`
	Spool     *Spool            `json:"spool"` // nil: there is none
	Alarms    []Alarm           `json:"alarms"`
	Providers []ProviderStatus  `json:"providers"`
	Messages  []MessagesWaiting `json:"messages"`
	Trouble   []string          `json:"trouble"` // what could not be found out, and why
}

// Database says whether the database answers.
type Database struct {
	Kind  string `json:"kind"`
	Away  bool   `json:"away"`
	Error string `json:"error"` // why it does not answer, "" if it does
}

// Part is a place where deliveries can be made durable.
type Part struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Error string `json:"error"`
}

// Spool is what waits on disk.
type Spool struct {
	Records  int64    `json:"records"`
	Bytes    int64    `json:"bytes"`
	MaxBytes int64    `json:"max_bytes"`
	Oldest   *Instant `json:"oldest_received_at"`
}

// Alarm is one thing that is wrong.
type Alarm struct {
	Kind     string   `json:"kind"`
	Provider string   `json:"provider"`
	Severity string   `json:"severity"`
	Since    *Instant `json:"since"`
	Text     string   `json:"text"`
	Remedy   string   `json:"remedy"`
}

// MessagesWaiting is what waits to be sent for an action.
type MessagesWaiting struct {
	Action string   `json:"action"`
	Count  int64    `json:"count"`
	Oldest *Instant `json:"oldest_received_at"`
}

// StatusOf shows an overview.
func StatusOf(o *desk.Overview) *Status {
	s := &Status{
		At: Instant{o.At}, Started: instantAt(o.Started), Version: o.Version, Replica: o.Replica, Ready: o.Ready,
		Database: Database{o.Database, o.Away != "", o.Away},
		Parts:    []Part{}, Alarms: []Alarm{}, Providers: []ProviderStatus{}, Messages: []MessagesWaiting{}, Trouble: append([]string{}, o.Trouble...),
	}
	for _, p := range o.Parts {
		s.Parts = append(s.Parts, Part(p))
	}
	if o.Spool != nil {
		s.Spool = &Spool{o.Spool.Records, o.Spool.Bytes, o.Spool.MaxBytes, instantAt(o.Spool.Oldest)}
	}
	for i := range o.Alarms {
		s.Alarms = append(s.Alarms, AlarmOf(&o.Alarms[i]))
	}
	for i := range o.Providers {
		s.Providers = append(s.Providers, providerStatusOf(&o.Providers[i]))
	}
	for _, m := range o.Messages {
		s.Messages = append(s.Messages, messagesWaitingOf(m))
	}
	return s
}

// AlarmOf shows an alarm.
func AlarmOf(a *alarm.Alarm) Alarm {
	return Alarm{string(a.Kind), a.Provider, string(a.Severity), instantAt(a.Since), a.Text, a.Remedy}
}

func messagesWaitingOf(m usersync.MessagesWaiting) MessagesWaiting {
	return MessagesWaiting{m.Action, m.Count, InstantOf(m.Oldest)}
}
