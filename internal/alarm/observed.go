package alarm

import (
	"time"

	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// Window is how far back an alarm about deliveries looks.
const Window = 10 * time.Minute

// Rules are what the operator set.
type Rules struct {
	MaxSilence        map[string]time.Duration // of every configured provider; 0: it may be silent for ever
	SignatureFailures int                      // from how many within Window on; 0: never
	DeadLetters       int                      // from how many of one day on; 0: never
	SpoolAfter        time.Duration            // how long something may wait in the spool
	// Late is how long it may take until a replica hears what another verified.
	Late time.Duration
}

// Observed is what is known at a time.
type Observed struct {
	// Started is when this replica began to look, or to hear of the others again after
	// the database had told nothing for a while.
	At, Started time.Time
	// Shared is until when it is known what all replicas verified: when the database
	// said so last. The zero time is never.
	Shared    time.Time
	Providers map[string]Heard // by name
	Census    *usersync.Census // nil: none was taken yet
	Spool     *Spool           // nil: there is none
	Away      time.Time        // since when the database takes nothing; the zero time: it does
}

// Heard is what was heard of a provider.
type Heard struct {
	// Verified is when a delivery was last verified by any replica, Since when the
	// provider was first watched; the zero time: never, and not known.
	Verified, Since time.Time
	Recent          pulse.Point // what happened here within Window
}

// Spool is what waits on this replica's disk.
type Spool struct {
	Records         int
	Oldest          time.Time // when the oldest was received
	Bytes, MaxBytes int64
	Unreadable      int // files that nothing could be read of so far
}
