package handlers

import (
	"usersync/providers"
	usersync "usersync/sync"
)

// largeBody is from how many bytes on a body is read as a document beside few others only:
// what that takes for a while may be many times the body, and the budget counts the body
// alone. Nobody else waits: most deliveries are far smaller.
const largeBody = 64 << 10

// largeTurns is how many large bodies of a provider are read at once. It is work for the
// processor, so more of them would be done no sooner.
const largeTurns = 2

// turns are for those who read a large body. Each provider has its own, so a script that
// takes its time delays no other sender.
type turns chan struct{}

// decode reads a delivery, in its turn if that is large.
func (e Endpoint) decode(r providers.Request, proof providers.Proof) *usersync.Delivery {
	if len(r.Body) < largeBody {
		return e.Provider.Decode(r, proof)
	}
	e.large <- struct{}{}
	defer func() { <-e.large }() // also if it panics
	return e.Provider.Decode(r, proof)
}
