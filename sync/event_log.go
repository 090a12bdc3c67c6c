package usersync

import "context"

// EventScope says which processed events are meant: those to which all of it
// applies. Zero values say nothing, and so does a nil Origin.
type EventScope struct {
	Provider string
	Kind     Kind
	Outcome  Outcome
	Origin   *Origin
	UserID   string
	EventID  string
}

// Covers reports whether an event is meant.
func (s *EventScope) Covers(c *Claim) bool {
	return (s.Provider == "" || s.Provider == c.Provider) && (s.UserID == "" || s.UserID == c.UserID) && (s.EventID == "" || s.EventID == c.EventID) &&
		(s.Kind == KindNone || s.Kind == c.Kind) && (s.Outcome == OutcomeNone || s.Outcome == c.Outcome) && (s.Origin == nil || *s.Origin == c.Origin)
}

// EventPage is a part of the processed events.
type EventPage struct {
	Events []Claim // the newest first, by when they occurred, or came if they have no time of their own
	// Next is from where to go on, "" at the end. A page may hold less than was
	// asked for, even nothing, and have a Next: only so many events are looked at
	// for one page.
	Next string
}

// EventLog reads the processed events. Its law is in internal/storetest.
type EventLog interface {
	// EventPage returns at most limit events of the scope, from where another page
	// said, "" for the newest. ErrNoPlace means that from is nothing that a page said.
	EventPage(ctx context.Context, scope EventScope, from string, limit int) (EventPage, error)
	// Event reads the event of a key; nil if it is not kept (any more).
	Event(ctx context.Context, key ClaimKey) (*Claim, error)
}
