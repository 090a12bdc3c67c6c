package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// ledger is a store in memory that notes what every transaction wrote. It is
// slow, so that pages gather in front of it, and may fail.
type ledger struct {
	*storetest.Memory
	fails func(transaction int, users []usersync.UserKey) error
	early func(users []usersync.UserKey) error // before its turn

	mu           sync.Mutex
	transactions []written
	users        map[string]int // how often each was written
}

// written is one committed transaction.
type written struct {
	users  int
	unseen bool
	cursor string
}

func newLedger() *ledger {
	return &ledger{Memory: storetest.NewMemory(), users: map[string]int{}}
}

func (l *ledger) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	if l.early != nil {
		if err := l.early(lock.Users); err != nil {
			return nil, err
		}
	}
	if lock.Turn != nil {
		if err := lock.Turn(ctx); err != nil {
			return nil, err
		}
		lock.Turn = nil
		time.Sleep(3 * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails != nil {
		if err := l.fails(len(l.transactions), lock.Users); err != nil {
			return nil, err
		}
	}
	note := written{users: len(lock.Users), unseen: lock.Unseen}
	// What has begun is not stopped by an end of ctx.
	stood, err := l.Memory.Update(context.WithoutCancel(ctx), lock, func(known usersync.Known) usersync.Changes {
		changes := decide(known)
		if changes.Run != nil {
			note.cursor = changes.Run.Cursor
		}
		return changes
	})
	if err == nil {
		l.transactions = append(l.transactions, note)
		for _, u := range lock.Users {
			l.users[u.UserID]++
		}
	}
	return stood, err
}

// fresh begins a new run.
func (l *ledger) fresh(t *testing.T) usersync.Run {
	t.Helper()
	run, _, err := l.Begin(t.Context(), usersync.RunKey{Kind: usersync.RunBackfill, Provider: "authon"}, true, 0)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func together(l *ledger, pages *list) *usersync.Backfill {
	return &usersync.Backfill{Lister: pages, Engine: storetest.Engine(l), InFlight: 6, Together: 40}
}

// Pages that wait are written together, with the cursor behind the last of
// them. Users are only taken to be new after that was so for a while.
func TestPagesThatWaitAreWrittenTogether(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, chained := range []bool{false, true} {
			l := newLedger()
			run, err := together(l, &list{users: 495, size: 10, chained: chained}).Run(t.Context(), l.fresh(t))
			if err != nil || run.Counts != (usersync.Counts{Pages: 50, Users: 495, Changed: 495}) || len(l.Rows()) != 495 {
				t.Fatalf("%+v, %v, %d rows", run, err, len(l.Rows()))
			}
			largest := 0
			for i, w := range l.transactions {
				largest = max(largest, w.users)
				if last := i == len(l.transactions)-1; (w.cursor == "") != last || w.unseen != (i >= 3) {
					t.Errorf("transaction %d: %+v", i, w)
				}
			}
			if largest <= 10 || largest > 40 || len(l.transactions) >= 40 {
				t.Errorf("%d transactions, the largest of %d users", len(l.transactions), largest)
			}

			// Nobody is new the second time.
			l.transactions = nil
			run, err = together(l, &list{users: 495, size: 10, chained: chained}).Run(t.Context(), l.fresh(t))
			if err != nil || run.Counts.Changed != 0 {
				t.Errorf("again: %+v, %v", run, err)
			}
			for i, w := range l.transactions {
				if w.unseen || w.users > 10 {
					t.Errorf("again, transaction %d: %+v", i, w)
				}
			}
		}
	})
}

// Whichever transaction fails, what was made ready behind it is not written, and
// the next run goes on exactly there.
func TestNothingIsWrittenBehindAFailure(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		away := errors.New("the database is away")
		for failing := range 12 {
			l := newLedger()
			failed := false
			l.fails = func(transaction int, _ []usersync.UserKey) error {
				if transaction == failing && !failed {
					failed = true
					return away
				}
				return nil
			}
			pages := &list{users: 600, size: 10}
			run, err := together(l, pages).Run(t.Context(), l.fresh(t))
			if failed && (!errors.Is(err, away) || len(l.Rows()) != int(run.Counts.Users) || len(l.transactions) != failing) {
				t.Fatalf("transaction %d: %+v, %v, %d rows, %d transactions", failing, run, err, len(l.Rows()), len(l.transactions))
			}
			if failed {
				run, err = together(l, pages).Run(t.Context(), run)
			}
			if err != nil || run.Counts != (usersync.Counts{Pages: 61, Users: 600, Changed: 600}) || len(l.Rows()) != 600 {
				t.Errorf("transaction %d: %+v, %v", failing, run, err)
			}
			for user, times := range l.users {
				if times != 1 {
					t.Errorf("transaction %d: %s was written %d times", failing, user, times)
				}
			}
		}
	})
}

// The same if a broken trigger, or a missing grant, refuses one row for now: what
// is behind it must not be taken for refused as well, and written in parts.
func TestNothingIsWrittenBehindARefusal(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for failing := 5; failing < 300; failing += 50 {
			l := newLedger()
			broken := true
			l.fails = func(_ int, users []usersync.UserKey) error {
				if broken && slices.Contains(users, usersync.UserKey{Provider: "authon", UserID: fmt.Sprint("u", failing)}) {
					return &usersync.RefusedError{Code: "42501", Passing: true}
				}
				return nil
			}
			pages := &list{users: 300, size: 10}
			run, err := together(l, pages).Run(t.Context(), l.fresh(t))
			if !errors.Is(err, usersync.ErrNotDurable) || int(run.Counts.Users) > failing || len(l.Rows()) > int(run.Counts.Users)+40 {
				t.Fatalf("user %d: %+v, %v, %d rows", failing, run, err, len(l.Rows()))
			}
			broken = false
			run, err = together(l, pages).Run(t.Context(), run)
			if err != nil || run.Counts.Pages != 31 || run.Counts.Users != 300 || len(l.Rows()) != 300 {
				t.Errorf("user %d: %+v, %v, %d rows", failing, run, err, len(l.Rows()))
			}
		}
	})
}

// What is refused before its turn is written in parts when that has come.
func TestPartsAreWrittenInTheirTurn(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for refused := 5; refused < 300; refused += 50 {
			l := newLedger()
			key := usersync.UserKey{Provider: "authon", UserID: fmt.Sprint("u", refused)}
			var once sync.Once
			l.early = func(users []usersync.UserKey) (err error) {
				if slices.Contains(users, key) {
					once.Do(func() { err = &usersync.RefusedError{Code: "42501", Passing: true} })
				}
				return err
			}
			run, err := together(l, &list{users: 300, size: 10}).Run(t.Context(), l.fresh(t))
			if err != nil || run.Counts.Pages != 31 || run.Counts.Users != 300 || len(l.Rows()) != 300 {
				t.Errorf("user %d: %+v, %v, %d rows", refused, run, err, len(l.Rows()))
			}
			for user, times := range l.users {
				if times != 1 {
					t.Errorf("user %d: %s was written %d times", refused, user, times)
				}
			}
		}
	})
}

// A page that fails does not keep the pages in front of it from being written.
func TestPagesInFrontOfAFailedOneAreWritten(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := newLedger()
		pages := &list{users: 600, size: 10, failAt: 37}
		pages.fails.Store(1)
		run, err := together(l, pages).Run(t.Context(), usersync.Run{})
		if err == nil || run.Cursor != "37" || run.Counts.Pages != 37 || len(l.Rows()) != 370 {
			t.Errorf("%+v, %v, %d rows", run, err, len(l.Rows()))
		}
	})
}

// Of pages that were to be written together only that with a held row waits.
func TestOnlyThePageWithAHeldRowWaits(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{Memory: storetest.NewMemory()}
		g.held.Store("u125", struct{}{})
		l := &list{users: 300, size: 10}
		b := &usersync.Backfill{Lister: l, Engine: storetest.Engine(g), InFlight: 20, Together: 200}
		ended := make(chan error, 1)
		go func() {
			_, err := b.Run(t.Context(), usersync.Run{})
			ended <- err
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		if rows := len(g.Rows()); rows != 120 {
			t.Errorf("%d rows while the thirteenth page waits", rows)
		}
		g.held.Delete("u125")
		if err := <-ended; err != nil || len(g.Rows()) != 300 {
			t.Errorf("%v, %d rows", err, len(g.Rows()))
		}
	})
}

// A dry run writes nothing that would tell who is not new.
func TestDryRunTakesNobodyForNew(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := newLedger()
		b := together(l, &list{users: 300, size: 10})
		b.Engine.DryRun = true
		run, err := b.Run(t.Context(), usersync.Run{})
		if err != nil || run.Counts.Changed != 300 || len(l.Rows()) != 0 {
			t.Errorf("%+v, %v, %d rows", run, err, len(l.Rows()))
		}
		for i, w := range l.transactions {
			if w.unseen {
				t.Errorf("transaction %d: %+v", i, w)
			}
		}
	})
}

// Interrupted, a run ends with what it has saved.
func TestPagesWrittenTogetherCanBeInterrupted(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := newLedger()
		ctx, cancel := context.WithCancel(t.Context())
		b := together(l, &list{users: 2000, size: 10})
		b.Report = func(c usersync.Counts) {
			if c.Users > 200 {
				cancel()
			}
		}
		run, err := b.Run(ctx, usersync.Run{})
		if !errors.Is(err, context.Canceled) || len(l.Rows()) != int(run.Counts.Users) || run.Counts.Users < 200 || run.Counts.Users > 400 {
			t.Errorf("%+v, %v, %d rows", run, err, len(l.Rows()))
		}
	})
}
