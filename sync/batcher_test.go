package usersync_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// gate is a store in memory that counts transactions, can be held up, can take
// its time, can fail, and can pretend that rows are held by somebody else.
type gate struct {
	*storetest.Memory
	transactions atomic.Int64
	largest      atomic.Int64
	hold         chan struct{} // nil: open
	takes        time.Duration // of one transaction
	fail         atomic.Pointer[error]
	held         sync.Map    // user id → struct{}
	deaf         atomic.Bool // it does not even answer a probe
	spoilt       sync.Map    // user id → error of each transaction with them
}

func (g *gate) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	if g.hold != nil {
		select {
		case <-g.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if g.takes > 0 {
		time.Sleep(g.takes)
	}
	if err := g.fail.Load(); err != nil {
		return nil, *err
	}
	for _, u := range lock.Users {
		if err, spoilt := g.spoilt.Load(u.UserID); spoilt {
			return nil, err.(error)
		}
	}
	g.transactions.Add(1)
	g.largest.Store(max(g.largest.Load(), int64(len(lock.Users))))
	return g.Memory.Update(ctx, lock, func(known usersync.Known) usersync.Changes {
		for i, u := range lock.Users {
			if _, held := g.held.Load(u.UserID); held {
				known.Users[i] = usersync.KnownUser{}
			}
		}
		return decide(known)
	})
}

func start(t *testing.T, g *gate, options usersync.BatcherOptions) *usersync.Batcher {
	t.Helper()
	if g.Memory == nil {
		g.Memory = storetest.NewMemory()
	}
	b := usersync.NewBatcher(storetest.Engine(g), options)
	t.Cleanup(b.Close)
	return b
}

func roomy() usersync.BatcherOptions {
	return usersync.BatcherOptions{Queue: 1000, Batch: 500, Deadline: 10 * time.Second}
}

func delivery(user int) *usersync.Delivery {
	c := event(1, created)
	c.UserID = fmt.Sprint("u", user)
	return &usersync.Delivery{Commands: []usersync.Command{c}}
}

// Whoever waits while a transaction runs goes along with the next one.
func TestWaitingDeliveriesShareATransaction(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{hold: make(chan struct{})}
		b := start(t, g, roomy())
		var wait sync.WaitGroup
		for i := range 200 {
			wait.Go(func() {
				if outcome, err := b.Submit(t.Context(), delivery(i)); err != nil || outcome != usersync.OutcomeApplied {
					t.Errorf("%v %v", outcome, err)
				}
			})
		}
		synctest.Wait() // until all of them stand in the queue
		close(g.hold)
		wait.Wait()
		if n := g.transactions.Load(); n > 2 { // that of the first, and of all who waited
			t.Errorf("%d transactions for 200 deliveries", n)
		}
		if len(g.Rows()) != 200 {
			t.Errorf("%d rows", len(g.Rows()))
		}
	})
}

func TestBatchesAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{hold: make(chan struct{})}
		options := roomy()
		options.Batch = 8
		var gathered, most int // by the dispatcher alone
		options.Gathered = func(n int) { gathered, most = gathered+n, max(most, n) }
		b := start(t, g, options)
		var wait sync.WaitGroup
		for i := range 100 {
			wait.Go(func() {
				if _, err := b.Submit(t.Context(), delivery(i)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(g.hold)
		wait.Wait()
		if n := g.largest.Load(); n != 8 {
			t.Errorf("the largest transaction had %d commands", n)
		}
		if gathered != 100 || most != 8 {
			t.Errorf("told of %d deliveries, at most %d at once", gathered, most)
		}
	})
}

func TestADeadDatabaseIsReportedInTime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{hold: make(chan struct{})}
		options := roomy()
		options.Queue, options.Deadline = 2, 50*time.Millisecond
		b := start(t, g, options)
		began := time.Now()
		var wait sync.WaitGroup
		for i := range 20 { // more than the queue holds
			wait.Go(func() {
				if _, err := b.Submit(t.Context(), delivery(i)); !errors.Is(err, usersync.ErrNotDurable) {
					t.Errorf("got %v", err)
				}
			})
		}
		wait.Wait()
		if took := time.Since(began); took != options.Deadline {
			t.Errorf("reported after %v", took)
		}
		close(g.hold)
		// Nobody waits for these any more: they are not applied behind their
		// senders' backs, who were told to try again.
		if outcome, err := b.Submit(t.Context(), delivery(99)); err != nil || outcome != usersync.OutcomeApplied {
			t.Errorf("after the outage: %v %v", outcome, err)
		}
	})
}

func TestAFailureIsNotDurable(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		away := errors.New("away")
		g := &gate{}
		g.fail.Store(&away)
		b := start(t, g, roomy())
		if _, err := b.Submit(t.Context(), delivery(1)); !errors.Is(err, usersync.ErrNotDurable) || !errors.Is(err, away) {
			t.Errorf("got %v", err)
		}
		g.fail.Store(nil)
		if _, err := b.Submit(t.Context(), delivery(1)); err != nil {
			t.Error(err)
		}
	})
}

// A row that somebody holds delays its own event only.
func TestAHeldRowDelaysOnlyItsOwnEvent(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{}
		b := start(t, g, roomy())
		g.held.Store("u7", struct{}{})
		delayed := make(chan error, 1)
		go func() {
			d := delivery(7)
			d.Commands = append(d.Commands, delivery(8).Commands...) // waits as a whole
			outcome, err := b.Submit(t.Context(), d)
			if err == nil && outcome != usersync.OutcomeApplied {
				err = fmt.Errorf("outcome %v", outcome)
			}
			delayed <- err
		}()
		for i := range 5 {
			if outcome, err := b.Submit(t.Context(), delivery(100+i)); err != nil || outcome != usersync.OutcomeApplied {
				t.Errorf("another user: %v %v", outcome, err)
			}
		}
		select {
		case err := <-delayed:
			t.Fatalf("applied under somebody else's lock: %v", err)
		case <-time.After(time.Second): // in which it is tried again and again
		}
		if _, there := g.Rows()[usersync.UserKey{Provider: "authon", UserID: "u8"}]; there {
			t.Error("half of a delivery was applied")
		}
		g.held.Delete("u7")
		if err := <-delayed; err != nil {
			t.Error(err)
		}
	})
}

// However many deliveries wait for one held row, the others are not crowded out.
func TestHeldDeliveriesDoNotCrowdOutOthers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{takes: 20 * time.Millisecond} // so that held ones are due at any time
		options := roomy()
		options.Batch = 16
		b := start(t, g, options)
		g.held.Store("u0", struct{}{})
		var waiting sync.WaitGroup
		for range 10 * options.Batch {
			waiting.Go(func() {
				if _, err := b.Submit(t.Context(), delivery(0)); err != nil {
					t.Error(err)
				}
			})
		}
		var others sync.WaitGroup
		for i := range 200 {
			others.Go(func() {
				if outcome, err := b.Submit(t.Context(), delivery(1+i)); err != nil || outcome != usersync.OutcomeApplied {
					t.Errorf("%v %v", outcome, err)
				}
			})
		}
		others.Wait()
		g.held.Delete("u0")
		waiting.Wait()
		if rows := len(g.Rows()); rows != 201 {
			t.Errorf("%d rows", rows)
		}
	})
}

func TestAHeldRowIsGivenUpInTime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{}
		options := roomy()
		options.Deadline = 60 * time.Millisecond
		b := start(t, g, options)
		g.held.Store("u1", struct{}{})
		began := time.Now()
		if _, err := b.Submit(t.Context(), delivery(1)); !errors.Is(err, usersync.ErrNotDurable) || time.Since(began) != options.Deadline {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

func TestCloseAppliesWhatWaits(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{hold: make(chan struct{})}
		g.Memory = storetest.NewMemory()
		options := roomy()
		options.Batch = 3
		b := usersync.NewBatcher(storetest.Engine(g), options)
		results := make(chan error, 50)
		for i := range 50 {
			go func() {
				_, err := b.Submit(context.Background(), delivery(i))
				results <- err
			}()
		}
		synctest.Wait()
		closed := make(chan struct{})
		go func() { b.Close(); b.Close(); close(closed) }()
		synctest.Wait() // it is closing, and has 50 left
		close(g.hold)
		<-closed
		for range 50 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if rows := len(g.Rows()); rows != 50 {
			t.Errorf("%d rows", rows)
		}
		if _, err := b.Submit(context.Background(), delivery(99)); !errors.Is(err, usersync.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestASenderMayLeave(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		g := &gate{hold: make(chan struct{})}
		defer close(g.hold)
		options := roomy()
		options.Queue = 1
		b := start(t, g, options)
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		for i := range 5 { // one is begun with, one waits in the queue, the others before it
			wait.Go(func() {
				if _, err := b.Submit(ctx, delivery(i)); !errors.Is(err, context.Canceled) || !errors.Is(err, usersync.ErrNotDurable) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		wait.Wait()
	})
}

func TestObserverHearsWhatBecameDurable(t *testing.T) {
	t.Parallel()
	memory := storetest.NewMemory()
	memory.Refuse("poison@x")
	engine := storetest.Engine(memory)
	heard := map[string]int{}
	engine.Observe = func(o usersync.Observation) {
		heard[fmt.Sprint(o.Provider, " ", o.Kind, " ", o.Outcome, " ", o.Origin)]++
	}
	poison := event(2, changed, email("poison@x"))
	results := engine.Apply(t.Context(), []*usersync.Delivery{
		{Commands: []usersync.Command{event(1, created), poison}, Ignored: 1},
		{Commands: []usersync.Command{event(1, created)}},
		{Ignored: 2},
		{Letters: []usersync.DeadLetter{{Provider: "authon", Reason: "bad_json"}}},
	})
	for i, want := range []usersync.Outcome{usersync.OutcomeDeadLetter, results[1].Outcome, usersync.OutcomeIgnored, usersync.OutcomeDeadLetter} {
		if results[i].Outcome != want || results[i].Err != nil {
			t.Errorf("delivery %d: %+v, want %v", i, results[i], want)
		}
	}
	for event, want := range map[string]int{
		// Which of the two is first depends on how the batch was halved.
		"authon user.created applied live":   1,
		"authon user.created duplicate live": 1,
		"authon  dead_letter live":           2,
	} {
		if heard[event] != want {
			t.Errorf("%q heard %d times, want %d; all: %v", event, heard[event], want, heard)
		}
	}
}
