package usersync

import (
	"context"
	"time"
)

// flight is a transaction and the deliveries that it applies.
type flight struct {
	batch []*job
	users []UserKey
	held  []*job // those that have to wait for a row, when it has ended
	took  time.Duration

	arrived bool // the database took something: one that does not answer fails at once
	among   bool // it was not alone all the way; the dispatcher's to note
}

// name notes the users whose rows the transaction needs. It must not have begun: an
// answered delivery is its sender's again.
func (f *flight) name() {
	for _, j := range f.batch {
		for u := range j.users {
			f.users = append(f.users, u)
		}
	}
}

// users goes through those whom the delivery is about, some of them perhaps more than once.
func (j *job) users(each func(UserKey) bool) {
	for i := range j.delivery.Commands {
		if !each(j.delivery.Commands[i].UserKey) {
			return
		}
	}
}

// meets reports whether the delivery is about one of the users.
func (j *job) meets(users map[UserKey]bool) bool {
	if len(users) == 0 {
		return false
	}
	for u := range j.users {
		if users[u] {
			return true
		}
	}
	return false
}

// fly applies the deliveries and answers those that need not wait for a row.
func (f *flight) fly(apply func(context.Context, []*Delivery) []Result, deadline time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	deliveries := make([]*Delivery, len(f.batch))
	for i, j := range f.batch {
		deliveries[i] = j.delivery
	}
	began := time.Now()
	results := apply(ctx, deliveries)
	f.took = time.Since(began)
	for i, r := range results {
		f.arrived = f.arrived || r.Err == nil
		if r.Busy && r.Err == nil {
			f.held = append(f.held, f.batch[i].putOff())
			continue
		}
		f.batch[i].done <- r
	}
}
