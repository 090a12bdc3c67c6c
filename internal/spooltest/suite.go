package spooltest

import (
	"testing"

	usersync "usersync/sync"
)

// Subject is an implementation.
type Subject struct {
	// Open returns an empty spool with room for about so many bytes, records of a
	// hundred bytes included, or for plenty if room is 0.
	Open func(t *testing.T, room int64) usersync.Spool
	// Reopen returns the spool as another process finds it after this one was
	// killed. Nothing calls the old one afterwards.
	Reopen func(t *testing.T, s usersync.Spool) usersync.Spool
}

// Run runs the law on an implementation.
func Run(t *testing.T, subject Subject) {
	for name, law := range map[string]func(*testing.T, usersync.Spool){
		"every value comes back":                       everyValue,
		"a request is the caller's again after append": callersOwn,
		"a batch is apply's to keep":                   applysOwn,
		"an empty spool hands out nothing":             empty,
		"oldest first, in batches":                     inBatches,
		"what is done is gone, the rest stays":         partly,
		"too few answers mean not done":                fewAnswers,
		"an error of apply ends the call":              applyFails,
		"the end of the context ends the call":         drainCancelled,
		"a context that has ended keeps nothing":       appendCancelled,
		"what comes meanwhile comes next":              meanwhile,
		"two drains hand out nothing twice":            twoDrains,
		"many append, one drains":                      crowd,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			law(t, subject.Open(t, 0))
		})
	}
	t.Run("without room", func(t *testing.T) {
		t.Parallel()
		full(t, subject.Open(t, 20_000))
	})
	t.Run("a killed process", func(t *testing.T) {
		t.Parallel()
		killed(t, subject)
	})
}
