package usersync

// Message is what an event has the daemon send: the call of an action that the
// operator declared, made by a provider's script. It is stored with what the event
// changes, in one transaction, and sent afterwards until it is taken.
type Message struct {
	ID         string // known to repeat when the event is repeated: it is stored once
	Provider   string // whose script asked for it
	UserID     string // whom it is about, "" if the event names nobody
	Action     string // the id of the action in the configuration
	Body       []byte // JSON
	ReceivedAt Micros // by our clock
}
