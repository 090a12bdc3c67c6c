package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// list is a list of users with numbered pages.
type list struct {
	users, size int
	chained     bool // the next cursor is only known from the page
	fails       atomic.Int64
	failAt      int64 // the page that fails while fails is positive
	asked       atomic.Int64
	flying, top atomic.Int64
	delay       time.Duration
	edit        func(i int, c *usersync.Command)
	hides       func(i int, asked int64) bool // leaves users out of their page
}

// listedAt is the second in which the lists of these tests are true.
const listedAt = 100

func (l *list) Page(ctx context.Context, cursor string) (usersync.Page, error) {
	l.asked.Add(1)
	flying := l.flying.Add(1)
	for top := l.top.Load(); flying > top && !l.top.CompareAndSwap(top, flying); top = l.top.Load() {
	}
	defer l.flying.Add(-1)
	number, _ := strconv.Atoi(cursor)
	select {
	case <-time.After(l.delay):
	case <-ctx.Done():
		return usersync.Page{}, ctx.Err()
	}
	if int64(number) == l.failAt && l.fails.Add(-1) >= 0 {
		return usersync.Page{}, errors.New("the provider is away")
	}
	page := usersync.Page{Instant: at(listedAt)}
	for i := number * l.size; i < min((number+1)*l.size, l.users); i++ {
		if l.hides != nil && l.hides(i, l.asked.Load()) {
			continue
		}
		c := event(listedAt, changed, origin(usersync.OriginBackfill), email(fmt.Sprintf("u%d@x", i)))
		c.UserID, c.EventID = fmt.Sprint("u", i), ""
		if l.edit != nil {
			l.edit(i, &c)
		}
		page.Users = append(page.Users, c)
	}
	if (number+1)*l.size <= l.users {
		page.Next = strconv.Itoa(number + 1)
	}
	return page, nil
}

func (l *list) After(cursor string) (string, bool) {
	number, _ := strconv.Atoi(cursor)
	return strconv.Itoa(number + 1), !l.chained
}

func backfill(memory *storetest.Memory, l *list) *usersync.Backfill {
	return &usersync.Backfill{Lister: l, Engine: storetest.Engine(memory), InFlight: 5}
}

func begin(t *testing.T, memory *storetest.Memory) (run usersync.Run, resumed bool) {
	t.Helper()
	run, resumed, err := memory.Begin(t.Context(), usersync.RunKey{Kind: usersync.RunBackfill, Provider: "authon"}, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	return run, resumed
}

func end(t *testing.T, memory *storetest.Memory, run usersync.Run, outcome usersync.RunOutcome) {
	t.Helper()
	if err := memory.End(t.Context(), run, outcome, 0); err != nil {
		t.Fatal(err)
	}
}

func TestBackfillWritesTheWholeList(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]*list{
		"numbered":         {users: 95, size: 10},
		"chained":          {users: 95, size: 10, chained: true},
		"a full last page": {users: 100, size: 10},
		"empty":            {size: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory := storetest.NewMemory()
			run, _ := begin(t, memory)
			reports := 0
			b := backfill(memory, l)
			b.Report = func(usersync.Counts) { reports++ }
			run, err := b.Run(t.Context(), run)
			if err != nil || int(run.Counts.Users) != l.users || int(run.Counts.Changed) != l.users || len(memory.Rows()) != l.users {
				t.Errorf("%+v, %v, %d rows", run, err, len(memory.Rows()))
			}
			if int(run.Counts.Pages) != reports || len(memory.Claims()) != 0 {
				t.Errorf("%d pages, %d reports, %d claims", run.Counts.Pages, reports, len(memory.Claims()))
			}
			// Again: everybody is there already.
			end(t, memory, run, usersync.RunComplete)
			run, resumed := begin(t, memory)
			if run, err = b.Run(t.Context(), run); err != nil || resumed || run.Counts.Changed != 0 || int(run.Counts.Users) != l.users {
				t.Errorf("again: %+v, %v", run, err)
			}
		})
	}
}

func TestBackfillAsksAheadWhereItCan(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for chained, most := range map[bool]int64{false: 5, true: 2} {
			memory := storetest.NewMemory()
			run, _ := begin(t, memory)
			l := &list{users: 200, size: 10, chained: chained, delay: 2 * time.Millisecond}
			if _, err := backfill(memory, l).Run(t.Context(), run); err != nil {
				t.Fatal(err)
			}
			if top := l.top.Load(); top > most+1 || !chained && top < most {
				t.Errorf("chained %v: %d pages in flight", chained, top)
			}
		}
	})
}

// A run with a failed page is not complete, and goes on at that page.
func TestBackfillGoesOnAtTheFailedPage(t *testing.T) {
	t.Parallel()
	memory := storetest.NewMemory()
	l := &list{users: 85, size: 10, failAt: 6}
	l.fails.Store(1)
	run, _ := begin(t, memory)
	run, err := backfill(memory, l).Run(t.Context(), run)
	if err == nil || run.Cursor != "6" || run.Counts.Pages != 6 || len(memory.Rows()) != 60 {
		t.Fatalf("%+v, %v, %d rows", run, err, len(memory.Rows()))
	}
	end(t, memory, run, usersync.RunFailed)
	run, resumed := begin(t, memory)
	if !resumed || run.Cursor != "6" {
		t.Fatalf("goes on at %+v, resumed %v", run, resumed)
	}
	if run, err = backfill(memory, l).Run(t.Context(), run); err != nil || run.Counts.Pages != 9 || len(memory.Rows()) != 85 {
		t.Errorf("%+v, %v, %d rows", run, err, len(memory.Rows()))
	}
}

// A page with members that the database refuses is written without them.
func TestBackfillSetsRefusedUsersAside(t *testing.T) {
	t.Parallel()
	memory := storetest.NewMemory()
	memory.Refuse("u7@x")
	memory.Refuse("u31@x")
	run, _ := begin(t, memory)
	run, err := backfill(memory, &list{users: 40, size: 10, edit: func(i int, c *usersync.Command) {
		c.Payload = fmt.Appendf(nil, `{"id":%d}`, i)
	}}).Run(t.Context(), run)
	if err != nil || len(memory.Rows()) != 38 || len(memory.Letters()) != 2 || run.Counts.Letters != 2 || run.Counts.Changed != 38 || run.Counts.Pages != 5 {
		t.Errorf("%+v, %v, %d rows, %d letters", run, err, len(memory.Rows()), len(memory.Letters()))
	}
}

// A page waits for a row that somebody holds; nothing of it is written before.
func TestBackfillWaitsForAHeldRow(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{Memory: storetest.NewMemory()}
		g.held.Store("u15", struct{}{})
		run, _ := begin(t, g.Memory)
		b := &usersync.Backfill{Lister: &list{users: 25, size: 10}, Engine: storetest.Engine(g), InFlight: 1}
		ended := make(chan error, 1)
		go func() {
			_, err := b.Run(t.Context(), run)
			ended <- err
		}()
		select {
		case err := <-ended:
			t.Fatalf("ended under somebody's lock: %v", err)
		case <-time.After(time.Minute):
		}
		if rows, tries := len(g.Rows()), g.transactions.Load(); rows != 10 || tries < 30 {
			t.Errorf("%d rows while the second page waits, after %d transactions", rows, tries)
		}
		g.held.Delete("u15")
		if err := <-ended; err != nil || len(g.Rows()) != 25 {
			t.Errorf("%v, %d rows", err, len(g.Rows()))
		}
	})
}

func TestBackfillCanBeInterrupted(t *testing.T) {
	t.Parallel()
	memory := storetest.NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	run, _ := begin(t, memory)
	b := backfill(memory, &list{users: 1000, size: 10})
	b.Report = func(c usersync.Counts) {
		if c.Pages == 3 {
			cancel()
		}
	}
	run, err := b.Run(ctx, run)
	if !errors.Is(err, context.Canceled) || run.Counts.Pages != 3 || len(memory.Rows()) != 30 {
		t.Errorf("%+v, %v, %d rows", run, err, len(memory.Rows()))
	}
}

func TestDryRunCountsAndWritesNothing(t *testing.T) {
	t.Parallel()
	memory := storetest.NewMemory()
	first := &list{users: 20, size: 10}
	if _, err := backfill(memory, first).Run(t.Context(), usersync.Run{}); err != nil {
		t.Fatal(err)
	}
	before := memory.Rows()
	b := backfill(memory, &list{users: 30, size: 10, edit: func(i int, c *usersync.Command) {
		c.OccurredAt += 1_000_000
		if i == 3 {
			c.Fields[usersync.FieldEmail] = usersync.TextValue("new@x")
		}
	}})
	b.Engine.DryRun = true
	run, err := b.Run(t.Context(), usersync.Run{})
	if err != nil || run.Counts.Users != 30 || run.Counts.Changed != 11 {
		t.Errorf("%+v, %v", run, err)
	}
	if after := memory.Rows(); len(after) != len(before) || after[usersync.UserKey{Provider: "authon", UserID: "u3"}].View != before[usersync.UserKey{Provider: "authon", UserID: "u3"}].View {
		t.Error("something was written")
	}
}
