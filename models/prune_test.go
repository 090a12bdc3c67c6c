package models_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

const (
	hour    = usersync.Micros(3600_000_000)
	dayLong = 24 * hour
	ever    = storetest.Base + 1000*dayLong // after all that a test tells
)

func noPause(ctx context.Context) error { return ctx.Err() }

// prune prunes until nothing is busy: the server's own tidying may be in the way.
func prune(t *testing.T, db *models.DB, before usersync.Micros) (all models.Pruned) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		pruned, err := db.PruneEvents(t.Context(), before, noPause)
		all.Rows += pruned.Rows
		all.Partitions = append(all.Partitions, pruned.Partitions...)
		if err == nil {
			slices.Sort(all.Partitions)
			return all
		}
		if !errors.Is(err, models.ErrBusyPartitions) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// snapshot is all of the users table: what the app sees, the row's own times, and the
// stamps.
func snapshot(t *testing.T, db *models.DB) map[string]string {
	t.Helper()
	users, err := db.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, u := range users {
		row, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		rows[u.ID] = string(row)
	}
	return rows
}

// Pruning is safe by the merge law: with every claim and letter forgotten, all events
// that ever came may come again, in another order and in other batches, and change
// nothing that anybody could see, nor a stamp.
func TestReplayAfterPruningChangesNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		const seed = 20260115
		random := rand.New(rand.NewPCG(seed, 0))
		history := storetest.History(random, 60, 1500)
		for i := range history {
			// As senders do whose retries carry another time; here they carry the same.
			history[i].Unstable = !history[i].Origin.Listed() && i%3 == 0
			if history[i].Unstable {
				history[i].EventID = fmt.Sprint("unstable_", i)
			}
		}
		engine := storetest.Engine(db.Store())
		play := func() {
			t.Helper()
			for batch := range slices.Chunk(history, 1+random.IntN(40)) {
				deliveries := make([]*usersync.Delivery, len(batch))
				for i := range batch {
					deliveries[i] = &usersync.Delivery{Commands: []usersync.Command{batch[i]}}
				}
				for i, r := range engine.Apply(t.Context(), deliveries) {
					if r.Err != nil || r.Busy {
						t.Fatalf("%+v: %+v", batch[i], r)
					}
				}
			}
		}
		play()
		before := snapshot(t, db)
		if events, err := db.ProcessedEvents(t.Context()); err != nil || len(events) < 100 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		prune(t, db, ever)
		if events, err := db.ProcessedEvents(t.Context()); err != nil || len(events) != 0 {
			t.Fatalf("%d events are left, %v", len(events), err)
		}
		engine.Clock = func() usersync.Micros { return storetest.Base + 100*hour }
		for range 3 {
			random.Shuffle(len(history), func(i, j int) { history[i], history[j] = history[j], history[i] })
			play()
			after := snapshot(t, db)
			if len(after) != len(before) {
				t.Fatalf("%d rows, were %d", len(after), len(before))
			}
			for id, row := range before {
				if after[id] != row {
					t.Fatalf("seed %d: %s\n was %s\n is  %s", seed, id, row, after[id])
				}
			}
			prune(t, db, ever)
		}
	})
}

// claim makes an event as it stands in processed_events.
func claim(occurred, received usersync.Micros, n int) usersync.Command {
	c := user(fmt.Sprintf("u%d", n%50))
	c.EventID, c.OccurredAt, c.ReceivedAt = fmt.Sprint("e", n), occurred, received
	return c
}

// What was received within the retention stays, however long ago it happened, and what
// is to happen yet; the walk goes on behind what has to stay.
func TestPruningKeepsWhatCameLately(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		const now, before = storetest.Base + 60*dayLong, storetest.Base + 30*dayLong
		type kind struct {
			occurred, received usersync.Micros
			unstable, stays    bool
		}
		kinds := []kind{
			{occurred: storetest.Base, received: storetest.Base},
			{occurred: storetest.Base + 1, received: before, stays: true}, // told late
			{occurred: before - 1, received: before - 1},
			{occurred: before, received: before - 1, stays: true}, // its clock was ahead
			{occurred: before, received: before, stays: true},
			{occurred: now, received: now, stays: true},
			{received: before - 1, unstable: true},
			{received: before, unstable: true, stays: true},
		}
		const each = 900 // more than a batch, on SQLite of every kind
		var commands []usersync.Command
		want := map[string]bool{}
		for k, kind := range kinds {
			for i := range each {
				c := claim(kind.occurred, kind.received, k*each+i)
				c.Unstable = kind.unstable
				if kind.unstable {
					c.OccurredAt = storetest.Base
				}
				if kind.stays {
					want[c.EventID] = true
				}
				commands = append(commands, c)
			}
		}
		for batch := range slices.Chunk(commands, 500) {
			if err := applyOne(t, db, batch...); err != nil {
				t.Fatal(err)
			}
		}
		batches := 0
		pruned, err := db.PruneEvents(t.Context(), before, func(context.Context) error { batches++; return nil })
		if err != nil || pruned.Rows != int64(len(commands)-len(want)) || batches < 2 {
			t.Errorf("%+v in %d batches, %v", pruned, batches, err)
		}
		events, err := db.ProcessedEvents(t.Context())
		if err != nil || len(events) != len(want) {
			t.Errorf("%d events, want %d, %v", len(events), len(want), err)
		}
		for _, e := range events {
			if !want[e.EventID] {
				t.Errorf("%+v is left", e)
			}
		}
		if again := prune(t, db, before); again.Rows != 0 {
			t.Errorf("again: %+v", again)
		}
	})
}

// Events are taken between any two batches of pruning, and whoever stops it has lost
// nothing.
func TestEventsAreTakenWhilePruning(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		const old = 9000
		commands := make([]usersync.Command, old)
		for i := range commands {
			commands[i] = claim(storetest.Base+usersync.Micros(i), storetest.Base, i)
		}
		for batch := range slices.Chunk(commands, 1000) {
			if err := applyOne(t, db, batch...); err != nil {
				t.Fatal(err)
			}
		}
		taken := 0
		enough := errors.New("enough")
		stop := -1
		pause := func(context.Context) error {
			if taken == stop {
				return enough
			}
			c := claim(storetest.Base+40*dayLong, storetest.Base+40*dayLong, old+taken)
			c.Kind = usersync.KindUpdated
			if err := applyOne(t, db, c); err != nil {
				return err
			}
			taken++
			return nil
		}
		stop = 2
		first, err := db.PruneEvents(t.Context(), storetest.Base+30*dayLong, pause)
		if !errors.Is(err, enough) || first.Rows == 0 || first.Rows >= old {
			t.Errorf("stopped after %+v, %v", first, err)
		}
		stop = -1
		rest, err := db.PruneEvents(t.Context(), storetest.Base+30*dayLong, pause)
		if err != nil || first.Rows+rest.Rows != old || taken < 3 {
			t.Errorf("%+v and %+v, %d events meanwhile, %v", first, rest, taken, err)
		}
		if events, err := db.ProcessedEvents(t.Context()); err != nil || len(events) != taken {
			t.Errorf("%d events, want %d, %v", len(events), taken, err)
		}
	})
}

// Letters go by when they were last seen; one that waits for its hour stays.
func TestPruningOfLetters(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		const before = storetest.Base + 90*dayLong
		bury := func(name string, seen, due usersync.Micros) {
			t.Helper()
			letter := usersync.DeadLetter{Provider: "p", Reason: name, Payload: []byte(name), ReceivedAt: seen, DueAt: due}
			if r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		for i := range 700 {
			bury(fmt.Sprint("old", i), storetest.Base, 0)
		}
		bury("seen again", storetest.Base, 0)
		bury("seen again", before, 0)
		bury("waits", storetest.Base, before)
		bury("waited", storetest.Base, before-1)
		bury("new", before, 0)
		gone, err := db.PruneLetters(t.Context(), before, noPause)
		if err != nil || gone != 701 {
			t.Errorf("%d gone, %v", gone, err)
		}
		letters, err := db.DeadLetters(t.Context(), 10)
		var left []string
		for _, l := range letters {
			left = append(left, l.Reason)
		}
		slices.Sort(left)
		if err != nil || !slices.Equal(left, []string{"new", "seen again", "waits"}) {
			t.Errorf("left are %q, %v", left, err)
		}
	})
}

// Runs go by when they ended, but what others ask for stays.
func TestPruningOfRuns(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		const before = storetest.Base + 90*dayLong
		runs := db.Runs()
		record := func(provider string, outcome usersync.RunOutcome, at usersync.Micros) int64 {
			t.Helper()
			run, _, err := runs.Begin(t.Context(), usersync.RunKey{Kind: usersync.RunReconcile, Provider: provider}, true, at)
			if err == nil && outcome != "" {
				run.Counts.Users = 7
				err = runs.End(t.Context(), run, outcome, at)
			}
			if err != nil {
				t.Fatal(err)
			}
			return run.ID
		}
		var want []int64
		record("p", usersync.RunComplete, storetest.Base)
		want = append(want, record("p", usersync.RunComplete, storetest.Base)) // the last that knows how many there are
		record("p", usersync.RunFailed, storetest.Base)
		want = append(want, record("p", usersync.RunFailed, storetest.Base))
		record("q", usersync.RunComplete, storetest.Base)
		want = append(want, record("q", usersync.RunComplete, before), record("q", "", storetest.Base))
		gone, err := db.PruneRuns(t.Context(), before)
		if err != nil || gone != 3 {
			t.Errorf("%d gone, %v", gone, err)
		}
		left, err := db.LastRuns(t.Context(), 10)
		var ids []int64
		for _, run := range left {
			ids = append(ids, run.ID)
		}
		slices.Sort(ids)
		if err != nil || !slices.Equal(ids, want) {
			t.Errorf("left are %v, want %v, %v", ids, want, err)
		}
		if users := db.LastListed(t.Context(), "p"); users != 7 {
			t.Errorf("%d were listed", users)
		}
	})
}
