package usersync

import "context"

// CensusMost is where counting ends: it stands for all that is more.
const CensusMost = 100_000

// Census is how much waits in the database, of all replicas, and how the last runs
// ended. Counts end at CensusMost.
type Census struct {
	Letters    []LettersWaiting
	Hydrations []HydrationsWaiting
	Messages   []MessagesWaiting
	// Runs are the last one of each provider and kind, without push and prune; before it
	// stands the last one that read its list to the end, if that is another.
	Runs []RunRecord
}

// LettersWaiting counts the dead letters of a provider, which may be one that is
// configured no more.
type LettersWaiting struct {
	Provider string
	Count    int64
	Due      int64  // of these, those that are tried by themselves
	Recent   int64  // of those that are not, those that were delivered within the last day
	Latest   Micros // when one was delivered last
}

// HydrationsWaiting counts the users of a provider who wait to be fetched.
type HydrationsWaiting struct {
	Provider string
	Count    int64
	Oldest   Micros // when the first of them is, or was, due
}

// MessagesWaiting counts the messages of an action that wait to be sent. The action may
// be one that is configured no more.
type MessagesWaiting struct {
	Action string
	Count  int64
	Oldest Micros // when the first of them was received
}

// Surveyor takes the census: small queries that end soon whatever waits. Its law is in
// internal/storetest.
type Surveyor interface {
	Census(ctx context.Context, at Micros) (*Census, error)
}
