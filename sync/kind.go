package usersync

import "slices"

// Kind says what happened to a user.
type Kind uint8

// The kinds of commands. KindNone stands for an event that is not about a user.
const (
	KindNone Kind = iota
	KindCreated
	KindUpdated
	KindDeleted
	KindBanned
	KindUnbanned
)

var kindNames = [...]string{"", "user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned"}

// String returns the public name, for example "user.created".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// ParseKind finds the kind with the given public name; ok is false for any
// other text, the empty one included.
func ParseKind(name string) (kind Kind, ok bool) {
	for k := KindCreated; k <= KindUnbanned; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return KindNone, false
}

// Origin says how a command reached us.
type Origin uint8

// The origins of commands.
const (
	OriginLive Origin = iota
	OriginSpool
	OriginBackfill
	OriginReconcile
	OriginHydrate
	OriginReplay
)

var originNames = [...]string{"live", "spool", "backfill", "reconcile", "hydrate", "replay"}

// String returns the public name, for example "live".
func (o Origin) String() string {
	if int(o) < len(originNames) {
		return originNames[o]
	}
	return ""
}

// ParseOrigin finds the origin with the given public name.
func ParseOrigin(name string) (origin Origin, ok bool) {
	at := slices.Index(originNames[:], name)
	return Origin(max(at, 0)), at >= 0
}

// Listed reports whether a command of this origin states how the user looked
// in a list or a fetch, as opposed to something that happened.
func (o Origin) Listed() bool {
	return o == OriginBackfill || o == OriginReconcile || o == OriginHydrate
}

// Outcome is what became of a command or of a whole delivery.
type Outcome uint8

// The outcomes. The order is the order of precedence when one delivery has
// several: the smallest wins.
const (
	OutcomeNone Outcome = iota
	OutcomeDeadLetter
	OutcomeApplied
	OutcomeStale
	OutcomeDuplicate
	OutcomeIgnored
	OutcomeSpooled
)

var outcomeNames = [...]string{"", "dead_letter", "applied", "stale", "duplicate", "ignored", "spooled"}

// String returns the public name, for example "dead_letter".
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return ""
}

// Or joins the outcomes of two parts of one delivery.
func (o Outcome) Or(other Outcome) Outcome {
	switch {
	case o == OutcomeNone:
		return other
	case other == OutcomeNone:
		return o
	default:
		return min(o, other)
	}
}
