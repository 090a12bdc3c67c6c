package usersync

// Observation is what became of one event, once that is durable.
type Observation struct {
	Provider string
	Kind     Kind // KindNone of a dead letter, and of an event that only has messages sent
	Outcome  Outcome
	Origin   Origin
	// OccurredAt is when the event happened by the provider's clock; 0 if nothing
	// tells, as where each try has another time, and of a dead letter.
	OccurredAt Micros
}
