package usersync_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// post is an outbox in memory, a receiver and couriers between them, in a bubble where
// time passes only when everybody waits.
type post struct {
	t      *testing.T
	outbox *storetest.Memory
	engine *usersync.Engine
	log    *bytes.Buffer
	began  time.Time

	mu     sync.Mutex
	came   map[string][]time.Duration // of each message: when it was sent, since the start
	flying int
	most   int
	tried  map[usersync.MessageOutcome]int
	// answer is what the receiver makes of the n-th try.
	answer func(ctx context.Context, m *usersync.Message, n int) error
}

func sendIn(t *testing.T, test func(t *testing.T, p *post)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &post{t: t, outbox: storetest.NewMemory(), log: &bytes.Buffer{}, began: time.Now(), came: map[string][]time.Duration{}, tried: map[usersync.MessageOutcome]int{}}
		p.answer = func(context.Context, *usersync.Message, int) error { return nil }
		p.engine = storetest.Engine(p.outbox)
		p.engine.Clock = clock
		test(t, p)
	})
}

// courier starts a worker over an outbox; stop ends it and waits for that.
func (p *post) courier(outbox usersync.Outbox) (c *usersync.Courier, stop func()) {
	c = usersync.NewCourier(usersync.Courier{
		Action: "a", Outbox: outbox, Post: p.take, Clock: clock, Look: 15 * time.Second, Log: slog.New(slog.NewTextHandler(p.log, nil)),
		Tried: func(_ string, became usersync.MessageOutcome) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.tried[became]++
		},
	})
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	return c, func() {
		cancel()
		running.Wait()
	}
}

// take is the receiver.
func (p *post) take(ctx context.Context, m *usersync.Message) error {
	p.mu.Lock()
	p.came[m.ID] = append(p.came[m.ID], time.Since(p.began))
	n := len(p.came[m.ID])
	p.flying++
	p.most = max(p.most, p.flying)
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.flying--
	}()
	return p.answer(ctx, m, n)
}

func (p *post) store(ids ...string) {
	p.t.Helper()
	for _, id := range ids {
		d := &usersync.Delivery{Messages: []usersync.Message{{ID: id, Provider: "p", UserID: "u", Action: "a", Body: []byte(`{"payload":1}`), ReceivedAt: clock()}}}
		if r := p.engine.Apply(p.t.Context(), []*usersync.Delivery{d})[0]; r.Err != nil {
			p.t.Fatal(r.Err)
		}
	}
}

// sleep lets time pass, and then waits until nobody works.
func (p *post) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (p *post) outcome(id string) usersync.MessageOutcome { return p.outbox.Posted()[id].Outcome }

func numbers(from, to int) (ids []string) {
	for i := from; i < to; i++ {
		ids = append(ids, fmt.Sprint("m", i))
	}
	return ids
}

// answered is an answer of a receiver that does not take a message.
type answered struct {
	after time.Duration
	gone  bool
}

func (a answered) Error() string             { return "status 500" }
func (a answered) RetryAfter() time.Duration { return a.after }
func (a answered) Gone() bool                { return a.gone }

func TestMessagesAreSent(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		p.answer = func(ctx context.Context, m *usersync.Message, _ int) error {
			if _, limited := ctx.Deadline(); !limited || string(m.Body) != `{"payload":1}` {
				t.Errorf("%s", m.Body)
			}
			time.Sleep(time.Second)
			return nil
		}
		p.store(numbers(0, 40)...)
		c, stop := p.courier(p.outbox)
		defer stop()
		p.sleep(10 * time.Second)
		p.store("woken")
		c.Wake()
		p.sleep(2 * time.Second)
		p.store("of another replica") // nobody wakes
		p.sleep(time.Minute)
		for id, came := range p.came {
			if len(came) != 1 || p.outcome(id) != usersync.MessageSent {
				t.Errorf("%s: %v, %s", id, came, p.outcome(id))
			}
		}
		if len(p.came) != 42 || p.most != 8 || p.tried[usersync.MessageSent] != 42 || p.came["woken"][0] != 10*time.Second || p.came["of another replica"][0] > 30*time.Second {
			t.Errorf("%d came, %d at once, %v, %v, %v", len(p.came), p.most, p.tried, p.came["woken"], p.came["of another replica"])
		}
		if p.log.Len() > 0 {
			t.Error(p.log)
		}
	})
}

// A receiver that is down for an hour gets everything when it is back, and is not
// overrun meanwhile.
func TestReceiverThatIsDown(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		down := true
		p.answer = func(context.Context, *usersync.Message, int) error {
			if down {
				return errors.New("connection refused")
			}
			return nil
		}
		p.store(numbers(0, 20)...)
		_, stop := p.courier(p.outbox)
		defer stop()
		p.sleep(time.Hour)
		p.mu.Lock()
		down = false
		for id, came := range p.came {
			if len(came) < 9 || len(came) > 14 {
				t.Errorf("%s was tried %d times in an hour", id, len(came))
			}
		}
		p.mu.Unlock()
		p.sleep(2 * time.Hour)
		for _, id := range numbers(0, 20) {
			if p.outcome(id) != usersync.MessageSent {
				t.Errorf("%s: %s after %v", id, p.outcome(id), p.came[id])
			}
		}
		if log := p.log.String(); !strings.Contains(log, "not taken") || !strings.Contains(log, "taken again") || strings.Contains(log, "payload") || strings.Count(log, "\n") > 70 {
			t.Error(log)
		}
	})
}

// However much waits for a receiver that is down, it is asked now and again only.
func TestManyMessagesForAReceiverThatIsDown(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		var down atomic.Bool
		down.Store(true)
		p.answer = func(context.Context, *usersync.Message, int) error {
			if down.Load() {
				return errors.New("connection refused")
			}
			return nil
		}
		d := &usersync.Delivery{}
		for _, id := range numbers(0, 5000) {
			d.Messages = append(d.Messages, usersync.Message{ID: id, Provider: "p", Action: "a", Body: []byte(`{}`), ReceivedAt: clock()})
		}
		if r := p.engine.Apply(t.Context(), []*usersync.Delivery{d})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
		_, stop := p.courier(p.outbox)
		defer stop()
		p.sleep(time.Hour)
		p.mu.Lock()
		tries := p.tried[usersync.MessageWaits]
		p.mu.Unlock()
		if tries < 1500 || tries > 3000 {
			t.Errorf("%d tries in an hour", tries)
		}
		down.Store(false)
		p.sleep(2 * time.Hour)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.tried[usersync.MessageSent] != 5000 {
			t.Errorf("%v", p.tried)
		}
	})
}

// After three days it is given up, and no earlier; after 410 at once.
func TestMessagesThatAreGivenUp(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		p.answer = func(_ context.Context, m *usersync.Message, _ int) error { return answered{gone: m.ID == "gone"} }
		p.store("gone", "refused")
		_, stop := p.courier(p.outbox)
		defer stop()
		p.sleep(72*time.Hour - time.Minute)
		if p.outcome("gone") != usersync.MessageGivenUp || len(p.came["gone"]) != 1 || p.outcome("refused") != usersync.MessageWaits {
			t.Errorf("%s after %v, %s", p.outcome("gone"), p.came["gone"], p.outcome("refused"))
		}
		p.sleep(2 * time.Hour)
		kept := p.outbox.Posted()["refused"]
		if kept.Outcome != usersync.MessageGivenUp || kept.Detail != "status 500" || kept.Body == nil {
			t.Errorf("%+v", kept)
		}
		if n := len(p.came["refused"]); n < 70 || n > 110 {
			t.Errorf("%d tries", n)
		}
		if p.tried[usersync.MessageGivenUp] != 2 || strings.Count(p.log.String(), "given up") != 2 {
			t.Errorf("%v\n%s", p.tried, p.log)
		}
	})
}

// One that comes out of a spool after days is tried as often as others.
func TestAnOldMessageIsTriedToo(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		p.answer = func(_ context.Context, _ *usersync.Message, n int) error {
			if n < 8 {
				return answered{}
			}
			return nil
		}
		d := &usersync.Delivery{Messages: []usersync.Message{{ID: "old", Provider: "p", Action: "a", Body: []byte(`{}`), ReceivedAt: clock() - usersync.Micros((30 * 24 * time.Hour).Microseconds())}}}
		if r := p.engine.Apply(t.Context(), []*usersync.Delivery{d})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
		_, stop := p.courier(p.outbox)
		defer stop()
		p.sleep(time.Hour)
		if p.outcome("old") != usersync.MessageSent {
			t.Errorf("%s after %v", p.outcome("old"), p.came["old"])
		}
	})
}

// A receiver that asks to be left alone is: with this message as long as it says, with
// the others too.
func TestRetryAfterIsHeeded(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		p.answer = func(_ context.Context, _ *usersync.Message, n int) error {
			if n == 1 && time.Since(p.began) < time.Second {
				return answered{after: 5 * time.Minute}
			}
			return nil
		}
		p.store("m0")
		c, stop := p.courier(p.outbox)
		defer stop()
		p.sleep(time.Minute)
		p.store("m1")
		c.Wake()
		p.sleep(10 * time.Minute)
		for id, came := range map[string]time.Duration{"m0": 5 * time.Minute, "m1": 5 * time.Minute} {
			if last := p.came[id][len(p.came[id])-1]; last < came || last > came+time.Minute {
				t.Errorf("%s: %v", id, p.came[id])
			}
		}
	})
}

// A receiver may ask for more than all others would be kept waiting for.
func TestALongRetryAfterIsOfThatMessage(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		p.answer = func(_ context.Context, m *usersync.Message, n int) error {
			if m.ID == "m0" && n == 1 {
				return answered{after: time.Hour}
			}
			return nil
		}
		p.store("m0")
		_, stop := p.courier(p.outbox)
		p.sleep(time.Minute)
		p.store("m1")
		p.sleep(3 * time.Hour)
		stop()
		if m0, m1 := p.came["m0"], p.came["m1"]; len(m0) != 2 || m0[1] < time.Hour || m0[1] > time.Hour+time.Minute || len(m1) != 1 || m1[0] > 11*time.Minute {
			t.Errorf("%v, %v", m0, m1)
		}
	})
}

// Two couriers share the work and send nothing twice, also if the receiver is slow.
func TestCouriersShare(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		p.answer = func(ctx context.Context, _ *usersync.Message, _ int) error {
			select {
			case <-time.After(29 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		p.store(numbers(0, 100)...)
		_, stopOne := p.courier(p.outbox)
		_, stopTwo := p.courier(p.outbox)
		p.sleep(time.Hour)
		stopOne()
		stopTwo()
		for _, id := range numbers(0, 100) {
			if len(p.came[id]) != 1 || p.outcome(id) != usersync.MessageSent {
				t.Errorf("%s: %v %s", id, p.came[id], p.outcome(id))
			}
		}
		if p.most != 16 {
			t.Errorf("%d at once", p.most)
		}
	})
}

// What is on its way when the courier ends is finished; what takes too long is given
// back, and what was not begun is too.
func TestCourierThatEnds(t *testing.T) {
	sendIn(t, func(t *testing.T, p *post) {
		slow := true
		p.answer = func(ctx context.Context, m *usersync.Message, _ int) error {
			wait := 3 * time.Second
			if m.ID == "m0" && slow {
				wait = 20 * time.Second
			}
			select {
			case <-time.After(wait):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		p.store("m0")
		p.sleep(time.Millisecond) // so it is the first
		p.store(numbers(1, 12)...)
		_, stop := p.courier(p.outbox)
		p.sleep(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		sent := 0
		for id, kept := range p.outbox.Posted() {
			switch {
			case kept.Outcome == usersync.MessageSent:
				sent++
			case kept.At > clock():
				t.Errorf("%s was not given back: %+v", id, kept)
			}
		}
		if sent != 7 || p.tried[usersync.MessageWaits] != 0 {
			t.Errorf("%d sent, %v", sent, p.tried)
		}
		slow = false
		_, stop = p.courier(p.outbox)
		p.sleep(20 * time.Second)
		stop()
		for id, kept := range p.outbox.Posted() {
			if kept.Outcome != usersync.MessageSent || len(p.came[id]) > 2 {
				t.Errorf("%s: %v %+v", id, p.came[id], kept)
			}
		}
	})
}

// unsteady is an outbox whose database goes away.
type unsteady struct {
	usersync.Outbox
	mu   sync.Mutex
	away bool
}

func (u *unsteady) set(away bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.away = away
}

func (u *unsteady) fault() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.away {
		return errors.New("the database does not answer")
	}
	return nil
}

func (u *unsteady) BorrowMessages(ctx context.Context, action string, at, until usersync.Micros, limit int) ([]usersync.LentMessage, usersync.Micros, error) {
	if err := u.fault(); err != nil {
		return nil, 0, err
	}
	return u.Outbox.BorrowMessages(ctx, action, at, until, limit)
}

func (u *unsteady) SettleMessages(ctx context.Context, settled []usersync.SettledMessage) error {
	if err := u.fault(); err != nil {
		return err
	}
	return u.Outbox.SettleMessages(ctx, settled)
}

// If the database goes away between sending and noting that, it is noted once it is
// back; only after the loan is the message sent again, with the same id.
func TestOutageBetweenSendingAndNoting(t *testing.T) {
	for name, c := range map[string]struct {
		away time.Duration
		sent int
	}{"short": {time.Minute, 1}, "long": {10 * time.Minute, 2}} {
		t.Run(name, func(t *testing.T) {
			sendIn(t, func(t *testing.T, p *post) {
				outbox := &unsteady{Outbox: p.outbox}
				p.answer = func(_ context.Context, _ *usersync.Message, n int) error {
					if n == 1 {
						outbox.set(true)
					}
					return nil
				}
				p.store("m0")
				_, stop := p.courier(outbox)
				defer stop()
				p.sleep(c.away)
				outbox.set(false)
				p.sleep(5 * time.Minute)
				if len(p.came["m0"]) != c.sent || p.outcome("m0") != usersync.MessageSent {
					t.Errorf("%v %s", p.came["m0"], p.outcome("m0"))
				}
				if log := p.log.String(); !strings.Contains(log, "may be sent again") {
					t.Error(log)
				}
			})
		})
	}
}
