package report

import usersync "usersync/sync"

// Event is a processed event of a user.
type Event struct {
	At       *Instant `json:"occurred_at"` // nil: its time may change between deliveries and is not kept
	Kind     string   `json:"kind"`
	EventID  string   `json:"event_id"`
	Outcome  string   `json:"outcome"`
	Origin   string   `json:"origin"`
	Received *Instant `json:"received_at"`
}

func eventOf(c *usersync.Claim) Event {
	return Event{InstantOf(c.OccurredAt), c.Kind.String(), c.EventID, c.Outcome.String(), c.Origin.String(), InstantOf(c.ReceivedAt)}
}

// LoggedEvent is a processed event, and whose it is.
type LoggedEvent struct {
	Provider string `json:"provider"`
	UserID   string `json:"user_id"`
	// Time is when it occurred in microseconds since 1970, 0 if that is not kept: with
	// the three ids it names the event.
	Time int64 `json:"at"`
	Event
}

// LoggedEventOf shows an event of the log.
func LoggedEventOf(c *usersync.Claim) LoggedEvent {
	return LoggedEvent{c.Provider, c.UserID, int64(c.OccurredAt), eventOf(c)}
}

// WholeEvent is an event with what is left of it in the row.
type WholeEvent struct {
	LoggedEvent
	// Stands are the columns whose value is still the one that the event set.
	Stands []Field `json:"stands"`
}

// WholeEventOf shows an event beside what is known of its user.
func WholeEventOf(c *usersync.Claim, told *usersync.Explanation) *WholeEvent {
	set := func(s *usersync.Source) bool { return s.Claim != nil && s.Claim.ClaimKey == c.ClaimKey }
	return &WholeEvent{LoggedEvent: LoggedEventOf(c), Stands: fieldsOf(told, set)}
}
