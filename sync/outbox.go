package usersync

import "context"

// MessageOutcome is what became of a message.
type MessageOutcome string

// The outcomes. One that waits has none.
const (
	MessageWaits   MessageOutcome = ""
	MessageSent    MessageOutcome = "sent"     // the receiver has taken it: nothing but that is kept
	MessageGivenUp MessageOutcome = "given_up" // tried for long enough, or the receiver wants no more
	MessageErased  MessageOutcome = "erased"   // its user was: nothing but its id is kept
)

// LentMessage is a message that waits, as the outbox lends it.
type LentMessage struct {
	Message
	Attempts int // this one included
	// Until is when the loan ends. It tells this loan from a later one.
	Until Micros
}

// SettledMessage is what became of a lent message.
type SettledMessage struct {
	LentMessage
	Outcome MessageOutcome
	At      Micros // when it is due again if it waits, else when that was settled
	Detail  string // why it was not taken; no payload, no credential
}

// MessageState is a message as it is kept, without its body. At is when it is due if it
// waits, else when that was settled.
type MessageState struct {
	Message
	Attempts int
	Outcome  MessageOutcome
	At       Micros
	Detail   string // why the last try failed
}

// Outbox keeps messages until they are taken. Store.Update stores them, due at once. Its law is in
// internal/storetest.
type Outbox interface {
	// BorrowMessages lends at most limit of an action's messages that are due at the
	// instant `at`, the longest due first, to nobody else until the instant `until`,
	// when they are due again: so whoever dies in between gives them back. next is
	// when the first of the action's is due then; 0: none waits.
	BorrowMessages(ctx context.Context, action string, at, until Micros, limit int) (lent []LentMessage, next Micros, err error)
	// SettleMessages notes what became of lent messages, all or nothing. What
	// somebody else has borrowed since, or settled, is left alone.
	SettleMessages(ctx context.Context, settled []SettledMessage) error
}
