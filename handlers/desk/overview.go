package desk

import (
	"time"

	"usersync/internal/alarm"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// Overview is how things stand at a time.
type Overview struct {
	At, Started time.Time
	Version     string
	Replica     string // the host's name
	Database    string // postgres or sqlite
	Away        string // why the database does not answer, "" if it does
	Ready       bool
	Parts       []Part
	Spool       *Spool                     // nil: there is none
	Alarms      []alarm.Alarm              // the worst first
	Providers   []Provider                 // by name
	Messages    []usersync.MessagesWaiting // of actions
	Trouble     []string                   // what could not be found out, and why
}

// Part is a place where deliveries can be made durable, as /readyz?verbose tells of it.
type Part struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Error string `json:"error,omitempty"`
}

// Takes reports whether it takes deliveries.
func (p Part) Takes() bool { return p.Ready }

// Spool is what waits on disk.
type Spool struct {
	Records         int64
	Bytes, MaxBytes int64
	Oldest          time.Time // when the oldest was received; the zero time if nothing waits
}

// Health is how a provider is, in a word.
type Health string

// The words, the worst first.
const (
	Failing Health = "failing" // deliveries are not believed, or refused
	Silent  Health = "silent"  // nothing for longer than max_silence
	Warned  Health = "warned"  // another alarm stands
	Waiting Health = "waiting" // nothing ever came
	Healthy Health = "healthy"
)

// Provider is how things stand with one provider.
type Provider struct {
	Name       string
	Type       string // its definition's
	Health     Health
	WebhookURL string        // to be copied into the provider's settings
	Unlisted   string        // why its users cannot be listed, for the operator; "": they can
	Every      time.Duration // of the scheduled reconcile; 0: there is none
	MaxSilence time.Duration // 0: it may be silent for ever
	Verified   time.Time     // when a delivery was last verified, by any replica; the zero time: never
	Letters    usersync.LettersWaiting
	Hydrations usersync.HydrationsWaiting
	Runs       []usersync.RunRecord // the last of each kind
	Hour, Day  pulse.Series         // of this replica
	Secrets    []SecretUse          // those that matched since the daemon started
}

// SecretUse tells which of several secrets is still in use.
type SecretUse struct {
	Fingerprint string
	Count       int64
	Last        time.Time
}
