package usersync

// Access is an assertion about whether a user may come in.
type Access uint8

// The assertions about access. The zero value asserts nothing.
const (
	AccessUnsaid Access = iota
	AccessUnbanned
	AccessBanned
	// AccessCleared asserts unbanned and, unlike a bare flag, says that the
	// suspension is over: its time, end and reason are cleared.
	AccessCleared
)

// Life is an assertion about whether a user exists.
type Life uint8

// The assertions about life. The zero value asserts nothing.
const (
	LifeUnsaid Life = iota
	LifeAlive
	LifeDeleted
	// LifeLeftOpen asserts nothing, also where being listed would.
	LifeLeftOpen
)

// UserKey names a user: the provider as named in the configuration, and the
// provider's own id of the user.
type UserKey struct {
	Provider string
	UserID   string
}

// Command is what one event, or one item of a list, says about one user.
type Command struct {
	UserKey
	EventID    string // known to repeat when the event is repeated
	Kind       Kind
	OccurredAt Micros // by the provider's clock; for a listed user, the stamp of DESIGN "instant of a list"
	ReceivedAt Micros // by ours
	UpdatedAt  Micros // the payload's own updated_at, or 0
	Sequence   uint64 // the provider's sequence number, or 0
	Origin     Origin

	Fields [NumColumns]Value // what the event carried; Absent says nothing
	Access Access            // a flag or status in the payload, or a type that proves it; the kind wins over it
	Life   Life              // a status in the payload; the kind wins over it

	// Redact, on a command that asserts a deletion, drops the profile for good.
	Redact bool
	// Thin says that the event names a user and tells nothing about them: who
	// wants to know has to fetch them.
	Thin bool
	// Retried says that the event was a dead letter. It is a replay only to us:
	// if its claim stands, it was applied meanwhile by another delivery.
	Retried bool
	// Kept says that it was all of that letter.
	Kept bool
	// Unstable says that a retry of the event may carry another time.
	Unstable bool
	// Payload is the JSON document of this one event, kept if it has to
	// become a dead letter. Headers are the few needed to understand it.
	Payload []byte
	Headers map[string]string
}

// DeadLetter is a verified event that could not be understood or applied.
type DeadLetter struct {
	Provider   string
	EventID    string // "" if it was not understood so far
	UserID     string // "" likewise
	Reason     string // a short fixed word, fit for a metric label
	Detail     string // a sentence for the operator; no secret, no payload
	Payload    []byte
	Headers    map[string]string // never a credential
	Origin     Origin
	ReceivedAt Micros
	DueAt      Micros // when it may be retried by itself, or 0
	// Retried says that nothing was delivered: a letter was tried again. Where it
	// is known it counts no delivery, and only what is said about it changes.
	Retried bool
	// Kept says that it was read from where letters are kept: if it is there no more,
	// somebody has removed it (their user was erased), and it is not stored again.
	Kept bool
}

// Delivery is one verified request: all that it says, in one answer.
type Delivery struct {
	Commands []Command
	Letters  []DeadLetter
	Ignored  int // events that are not about a user
	Messages []Message
	// Verified is the request itself, to be kept if nothing of it can be applied.
	Verified Verified
}
