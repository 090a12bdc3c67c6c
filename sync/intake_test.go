package usersync_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// pile is a spool as the tests here need it.
type pile struct {
	mu       sync.Mutex
	requests []usersync.Verified
	failing  error
	// unreadable is what Drain returns of what it hands out nothing of.
	unreadable error
	drains     int
	stuck      chan struct{} // nil: it works
}

func (p *pile) Append(ctx context.Context, v *usersync.Verified) error {
	if p.stuck != nil {
		select {
		case <-p.stuck:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failing != nil {
		return p.failing
	}
	p.requests = append(p.requests, *v)
	return nil
}

// attempts is how often it was drained.
func (p *pile) attempts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.drains
}

func (p *pile) Drain(ctx context.Context, limit int, apply func(context.Context, []usersync.Verified) ([]bool, error)) (int, error) {
	p.mu.Lock()
	p.drains++
	if p.unreadable != nil {
		defer p.mu.Unlock()
		return 0, p.unreadable
	}
	all := p.requests
	p.requests = nil
	p.mu.Unlock()
	var left []usersync.Verified
	var err error
	for len(all) > 0 {
		batch := all[:min(limit, len(all))]
		all = all[len(batch):]
		var done []bool
		if err == nil {
			done, err = apply(ctx, batch)
		}
		for i := range batch {
			if i >= len(done) || !done[i] {
				left = append(left, batch[i])
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(left, p.requests...)
	return len(left), err
}

func (p *pile) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

// safe is an intake over a gate and a pile, with the drainer that empties it.
type safe struct {
	*gate
	*pile
	intake  *usersync.Intake
	breaker *usersync.Breaker
	drainer *usersync.Drainer

	mu       sync.Mutex
	said     []*usersync.Delivery // by the number that is their request's body
	observed map[string]int
	turned   []bool // away or back
	causes   []error
	probed   []time.Time
}

func newSafe(t *testing.T, g *gate, p *pile) *safe {
	t.Helper()
	if g.Memory == nil {
		g.Memory = storetest.NewMemory()
	}
	s := &safe{gate: g, pile: p, observed: map[string]int{}}
	s.breaker = usersync.NewBreaker(func(cause error) {
		s.mu.Lock()
		if away := cause != nil; len(s.turned) == 0 || s.turned[len(s.turned)-1] != away {
			s.turned = append(s.turned, away)
		}
		s.causes = append(s.causes, cause)
		s.mu.Unlock()
		s.drainer.Wake()
	})
	engine := storetest.Engine(s.breaker.Watch(g))
	draining := storetest.Engine(g)
	engine.Observe = func(o usersync.Observation) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.observed[o.Outcome.String()+" "+o.Origin.String()]++
	}
	draining.Observe = engine.Observe
	s.drainer = usersync.NewDrainer(usersync.Drainer{
		Spool: p, Engine: draining, Breaker: s.breaker, Log: engine.Log,
		Read: func(v *usersync.Verified) *usersync.Delivery {
			number, err := strconv.Atoi(string(v.Body))
			if err != nil {
				t.Error(err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			d := *s.said[number]
			d.Commands = append([]usersync.Command(nil), d.Commands...)
			for i := range d.Commands {
				if !d.Commands[i].Origin.Listed() { // of a history there are some
					d.Commands[i].Origin = usersync.OriginSpool
				}
			}
			return &d
		},
		Probe: func(ctx context.Context) error {
			if g.deaf.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			s.mu.Lock()
			s.probed = append(s.probed, time.Now())
			s.mu.Unlock()
			if fail := g.fail.Load(); fail != nil {
				return *fail
			}
			return nil
		},
	})
	batcher := usersync.NewBatcher(engine, usersync.BatcherOptions{Queue: 1000, Batch: 500, Deadline: 1500 * time.Millisecond})
	t.Cleanup(batcher.Close)
	s.intake = &usersync.Intake{
		Batcher: batcher, Spool: p, Breaker: s.breaker, Patience: 1200 * time.Millisecond,
		Observe: engine.Observe, Spooled: s.drainer.Wake,
	}
	return s
}

// turns is how often the database went away or came back.
func (s *safe) turns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.turned)
}

// probes counts how often the database was looked for.
func (s *safe) probes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.probed)
}

// submit submits a delivery, whose request is its number.
func (s *safe) submit(d *usersync.Delivery) (usersync.Outcome, error) {
	s.mu.Lock()
	d.Verified = usersync.Verified{Provider: "p", Body: []byte(strconv.Itoa(len(s.said)))}
	s.said = append(s.said, d)
	s.mu.Unlock()
	return s.intake.Submit(context.Background(), d)
}

// run runs the drainer until the returned function is called.
func (s *safe) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { s.drainer.Run(ctx) })
	return func() { cancel(); wait.Wait() }
}

func TestSpooledWhileTheDatabaseIsAwayAndAppliedLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t, &gate{}, &pile{})
		defer s.run()()
		if outcome, err := s.submit(delivery(0)); err != nil || outcome != usersync.OutcomeApplied {
			t.Fatalf("%v %v", outcome, err)
		}
		gone := errors.New("connection refused")
		s.fail.Store(&gone)
		began := time.Now()
		for i := range 20 {
			if outcome, err := s.submit(delivery(1 + i)); err != nil || outcome != usersync.OutcomeSpooled {
				t.Fatalf("%v %v", outcome, err)
			}
		}
		time.Sleep(10*time.Second - time.Since(began))
		synctest.Wait()
		// At once, soon again, and then every second.
		if n := s.probes(); n < 10 || n > 15 {
			t.Errorf("%d probes in 10 s", n)
		}
		if n := s.transactions.Load(); n != 1 {
			t.Errorf("%d transactions, want the first alone", n)
		}
		s.fail.Store(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if len(s.Rows()) != 21 || s.size() != 0 || s.breaker.Away() != nil {
			t.Errorf("%d rows, %d spooled, %v", len(s.Rows()), s.size(), s.breaker.Away())
		}
		if outcome, err := s.submit(delivery(30)); err != nil || outcome != usersync.OutcomeApplied {
			t.Errorf("%v %v", outcome, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.turned) != 2 || !s.turned[0] || s.turned[1] {
			t.Errorf("turned %v", s.turned)
		}
		if s.observed["spooled live"] != 20 || s.observed["applied spool"] != 20 || s.observed["applied live"] != 2 {
			t.Errorf("%v", s.observed)
		}
	})
}

// A database that hangs costs the deliveries their patience once; then nobody
// waits for it.
func TestAHangingDatabaseIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t, &gate{hold: make(chan struct{})}, &pile{})
		for i, limit := range []time.Duration{1500 * time.Millisecond, 0, 0} {
			began := time.Now()
			outcome, err := s.submit(delivery(i))
			if took := time.Since(began); err != nil || outcome != usersync.OutcomeSpooled || took > limit {
				t.Errorf("delivery %d: %v %v after %v", i, outcome, err, took)
			}
			synctest.Wait()
		}
	})
}

// Nothing takes it: the sender is told, in time, and so is who looks after that.
func TestRefusedWhereNothingTakesIt(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*pile{"full": {failing: usersync.ErrSpoolFull}, "stuck": {stuck: make(chan struct{})}, "none": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := &gate{hold: make(chan struct{})}
				s := newSafe(t, g, p)
				if name == "stuck" {
					p.stuck = make(chan struct{}) // of the bubble
				}
				if p == nil {
					s.intake.Spool = nil
				}
				refused := 0
				s.intake.Refused = func(provider string, why error) {
					if name == "full" && !errors.Is(why, usersync.ErrSpoolFull) {
						t.Error(why)
					}
					if refused++; provider != "p" {
						t.Errorf("provider %q", provider)
					}
				}
				began := time.Now()
				_, err := s.submit(delivery(0))
				if took := time.Since(began); !errors.Is(err, usersync.ErrNotDurable) || took > 2700*time.Millisecond {
					t.Errorf("%v after %v", err, took)
				}
				if name == "full" && !errors.Is(err, usersync.ErrSpoolFull) {
					t.Error(err)
				}
				if refused != 1 {
					t.Errorf("refused %d", refused)
				}
			})
		})
	}
}

// A row that somebody holds keeps its own request waiting; all others go past it.
func TestAHeldRowKeepsItsOwnRequestWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t, &gate{}, &pile{})
		s.held.Store("u7", struct{}{})
		if outcome, err := s.submit(delivery(7)); err != nil || outcome != usersync.OutcomeSpooled {
			t.Fatalf("%v %v", outcome, err)
		}
		if s.breaker.Away() != nil {
			t.Error("a held row is no database that is away")
		}
		gone := errors.New("gone")
		s.fail.Store(&gone)
		for i := range 2000 {
			if outcome, err := s.submit(delivery(10 + i)); err != nil || outcome != usersync.OutcomeSpooled {
				t.Fatalf("%v %v", outcome, err)
			}
		}
		s.fail.Store(nil)
		defer s.run()()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if len(s.Rows()) != 2000 || s.size() != 1 {
			t.Errorf("%d rows, %d spooled", len(s.Rows()), s.size())
		}
		if outcome, err := s.submit(delivery(5)); err != nil || outcome != usersync.OutcomeApplied {
			t.Errorf("%v %v", outcome, err)
		}
		s.held.Delete("u7")
		time.Sleep(time.Second)
		synctest.Wait()
		if len(s.Rows()) != 2002 || s.size() != 0 {
			t.Errorf("%d rows, %d spooled", len(s.Rows()), s.size())
		}
	})
}

// A probe that succeeds although there is nothing to drain is enough.
func TestAnEmptySpoolIsNoReasonToStayAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t, &gate{}, &pile{})
		s.breaker.Tell(errors.New("away at the start"))
		defer s.run()()
		synctest.Wait()
		if err := s.breaker.Away(); err != nil {
			t.Error(err)
		}
	})
}

// The database comes nearer: whoever looks learns what is wrong now, not what was
// wrong at first.
func TestTheCauseIsTheLatest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refused, pending := errors.New("connection refused"), errors.New("3 migrations are pending")
		s := newSafe(t, &gate{}, &pile{})
		s.fail.Store(&refused)
		defer s.run()()
		if _, err := s.submit(delivery(0)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		s.fail.Store(&pending)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if err := s.breaker.Away(); !errors.Is(err, pending) {
			t.Errorf("away because of %v", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if last := s.causes[len(s.causes)-1]; !errors.Is(last, pending) || !errors.Is(s.causes[0], refused) {
			t.Errorf("told %v", s.causes)
		}
	})
}
