package main

import (
	"maps"
	"sync"
)

// owed counts, by provider, the deliveries that were refused because nothing could
// keep them. Their senders may not repeat them, so their lists are due.
type owed struct {
	mu      sync.Mutex
	refused map[string]int
}

// add notes refused deliveries.
func (o *owed) add(provider string, count int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refused == nil {
		o.refused = map[string]int{}
	}
	o.refused[provider] += count
}

// take returns how many of a provider were refused, and forgets them.
func (o *owed) take(provider string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	count := o.refused[provider]
	delete(o.refused, provider)
	return count
}

// all returns the counts.
func (o *owed) all() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.refused)
}
