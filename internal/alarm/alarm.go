// Package alarm says what is wrong with a daemon: a pure judgement of what was observed,
// with the rules that the operator set.
package alarm

import "time"

// Kind says what is wrong, in a word that metrics, notifications and docs/OPERATIONS.md
// share.
type Kind string

// The kinds of alarms.
const (
	// ProviderSilent: nothing was verified for longer than max_silence.
	ProviderSilent Kind = "provider_silent"
	// SignatureFailures: more deliveries than usual are not believed.
	SignatureFailures Kind = "signature_failures"
	// DeadLetters: events could not be applied, and nobody tries them again by himself.
	DeadLetters Kind = "dead_letters"
	// SpoolInUse: deliveries wait on disk, because the database does not take them.
	SpoolInUse Kind = "spool_in_use"
	// DeliveriesRefused: deliveries were answered 503.
	DeliveriesRefused Kind = "deliveries_refused"
	// DriftHeld: a plan found users who differ, and nobody has applied it.
	DriftHeld Kind = "drift_held"
	// DeletesHeld: a reconcile held deletions back.
	DeletesHeld Kind = "deletes_held"
)

// Severity says how soon somebody should look.
type Severity string

// The severities.
const (
	Warning  Severity = "warning"  // within a day
	Critical Severity = "critical" // now: something is or will be lost without somebody
)

// Alarm is one thing that is wrong.
type Alarm struct {
	Kind     Kind
	Provider string // "" if it is about none in particular
	Severity Severity
	Since    time.Time
	Text     string // what is wrong, a sentence without secrets or data of users
	Remedy   string // what to do, with the command
}
