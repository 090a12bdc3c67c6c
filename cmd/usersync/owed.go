package main

import "sync"

// owed are the providers whose deliveries were refused because nothing could keep
// them. Their senders may not repeat them, so their lists are due.
type owed struct{ names sync.Map }

// add notes that a delivery was refused.
func (o *owed) add(provider string) { o.names.Store(provider, true) }

// take reports whether a provider's list is due, and forgets it.
func (o *owed) take(provider string) bool {
	_, was := o.names.LoadAndDelete(provider)
	return was
}

// all returns the providers, in no order.
func (o *owed) all() (names []string) {
	o.names.Range(func(name, _ any) bool {
		names = append(names, name.(string))
		return true
	})
	return names
}
