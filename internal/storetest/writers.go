package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	usersync "usersync/sync"
)

// writers is how many engines write at once.
const writers = 12

// story returns distinct random commands about 40 users, and a shuffled stream
// of them with redeliveries.
func story(seed uint64, distinct, redelivered int) (commands, stream []usersync.Command) {
	random := rand.New(rand.NewPCG(seed, 40))
	commands = History(random, 40, distinct)
	for i := range commands {
		c := &commands[i]
		// A redaction drops nearly all there is to compare: most users have none.
		c.Redact = c.Redact && c.UserID < "user_15"
		switch {
		case c.Origin.Listed():
		case i%7 == 0:
			c.Unstable, c.EventID = true, fmt.Sprintf("unstable_%d", i)
		default:
			c.EventID = fmt.Sprintf("evt_%d", random.IntN(distinct))
		}
	}
	stream = append(stream, commands...)
	for range redelivered {
		stream = append(stream, commands[random.IntN(distinct)])
	}
	random.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })
	return commands, stream
}

// claimsOf returns the distinct claims of a stream, and how many of its
// commands are events.
func claimsOf(stream []usersync.Command) (distinct map[usersync.ClaimKey]bool, events int) {
	distinct = map[usersync.ClaimKey]bool{}
	for _, c := range stream {
		if c.Origin.Listed() {
			continue
		}
		events++
		key := usersync.ClaimKey{OccurredAt: c.OccurredAt, EventID: c.EventID, UserKey: c.UserKey}
		if c.Unstable {
			key.OccurredAt = 0
		}
		distinct[key] = true
	}
	return distinct, events
}

// 4 000 commands about 40 users, of which 1 000 are redeliveries, shuffled,
// from 12 writers at once, in batches of various sizes.
func manyWriters(t *testing.T, s Inspector) {
	commands, stream := story(12, 3000, 1000)
	counts := write(t, s, stream, 1)
	compareFold(t, s, commands)
	distinct, events := claimsOf(stream)
	stood := map[usersync.Outcome]int{}
	for _, c := range s.Claims() {
		stood[c.Outcome]++
	}
	if got := counts[usersync.OutcomeDuplicate]; got != events-len(distinct) {
		t.Errorf("%d duplicates, want %d", got, events-len(distinct))
	}
	if stood[usersync.OutcomeApplied]+stood[usersync.OutcomeStale] != len(distinct) || len(s.Claims()) != len(distinct) {
		t.Errorf("claims by outcome: %v, want %d", stood, len(distinct))
	}
}

// The same with requests of up to five events each.
func manyEventsEach(t *testing.T, s Inspector) {
	commands, stream := story(5, 1200, 400)
	write(t, s, stream, 5)
	compareFold(t, s, commands)
	if distinct, _ := claimsOf(stream); len(s.Claims()) != len(distinct) {
		t.Errorf("%d claims, want %d", len(s.Claims()), len(distinct))
	}
}

// write applies the stream from several engines at once, in batches of up to
// seven deliveries of up to so many commands each, again while a row is busy.
// It counts the outcomes of the commands.
func write(t *testing.T, s Inspector, stream []usersync.Command, perDelivery int) map[usersync.Outcome]int {
	t.Helper()
	counts := map[usersync.Outcome]int{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	work := make(chan []*usersync.Delivery, len(stream))
	for size := 0; len(stream) > 0; size++ {
		var batch []*usersync.Delivery
		for i := 0; i <= size%7 && len(stream) > 0; i++ {
			n := min(1+(size+i)%perDelivery, len(stream))
			batch = append(batch, &usersync.Delivery{Commands: stream[:n]})
			stream = stream[n:]
		}
		work <- batch
	}
	close(work)
	for range writers {
		wait.Go(func() {
			e := Engine(s)
			e.Observe = func(o usersync.Observation) {
				mu.Lock()
				counts[o.Outcome]++
				mu.Unlock()
			}
			for batch := range work {
				for len(batch) > 0 {
					var again []*usersync.Delivery
					for i, r := range e.Apply(t.Context(), batch) {
						if r.Err != nil {
							t.Error(r.Err)
						} else if r.Busy {
							again = append(again, batch[i])
						}
					}
					batch = again
				}
			}
		})
	}
	wait.Wait()
	return counts
}

// A row that is not there cannot be locked: 300 unseen users are created and
// deleted at the same moment.
func firstTouch(t *testing.T, s Inspector) {
	var all []usersync.Command
	for i := range 300 {
		user := fmt.Sprintf("unseen_%d", i)
		created, deleted := command1(user, "c", usersync.KindCreated, 1), command1(user, "d", usersync.KindDeleted, 2)
		created.Fields[usersync.FieldEmail] = usersync.TextValue(user + "@x")
		all = append(all, created, deleted)
	}
	write(t, s, all, 1)
	compareFold(t, s, all)
}
