package notice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/alarm"
	"usersync/internal/notice"
	usersync "usersync/sync"
)

// receiver takes what is posted, unless answer says otherwise for the n-th try.
type receiver struct {
	mu     sync.Mutex
	tries  []try
	closed int
	answer func(ctx context.Context, n int) error
}

type try struct {
	at       time.Time
	id, body string
}

func (r *receiver) Post(ctx context.Context, m *usersync.Message) error {
	r.mu.Lock()
	r.tries = append(r.tries, try{time.Now(), m.ID, string(m.Body)})
	n, answer := len(r.tries), r.answer
	r.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(ctx, n)
}

func (r *receiver) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed++
}

func (r *receiver) came() []try {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]try{}, r.tries...)
}

// types are what came, in a word each.
func (r *receiver) types() string {
	var words []string
	for _, one := range r.came() {
		for _, word := range []string{"raised", "cleared"} {
			if strings.Contains(one.body, "usersync.alarm."+word) {
				words = append(words, word)
			}
		}
	}
	return strings.Join(words, " ")
}

// claims are those of several replicas.
type claims struct {
	mu    sync.Mutex
	taken map[string]bool
	err   error
}

func (c *claims) ClaimNotice(_ context.Context, id string, _ usersync.Micros) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken == nil {
		c.taken = map[string]bool{}
	}
	mine := !c.taken[id]
	c.taken[id] = true
	return mine && c.err == nil, c.err
}

func (c *claims) ReleaseNotice(_ context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.taken, id)
	return c.err
}

// replica is an office with one address, and its log.
func replica(t *testing.T, name string, shared usersync.Notices, posters map[string]notice.Poster) (*notice.Office, *bytes.Buffer) {
	log := &bytes.Buffer{}
	o := &notice.Office{Sender: from(name), Claims: shared, Clock: time.Now, Log: slog.New(slog.NewTextHandler(log, nil))}
	o.Exchange(posters, 24*time.Hour)
	t.Cleanup(o.Stop)
	return o, log
}

func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// since is an alarm of this moment of the bubble.
func since(kind alarm.Kind) alarm.Alarm {
	a := of(kind, "acme", alarm.Warning)
	a.Since = time.Now()
	return a
}

// A receiver that fails gets the notice in the end, with one id and the same bytes.
func TestTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ops := &receiver{answer: func(_ context.Context, n int) error {
			if n < 5 {
				return errors.New("ops.example.com: status 500")
			}
			return nil
		}}
		o, log := replica(t, "a", nil, map[string]notice.Poster{"ops": ops})
		began := time.Now()
		o.Tell([]alarm.Alarm{since(alarm.ProviderSilent)}, began)
		synctest.Wait()
		if trouble := fmt.Sprint(o.Trouble()); trouble != "[notifications to ops are not taken: ops.example.com: status 500]" {
			t.Error(trouble)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		all := ops.came()
		if len(all) != 5 || len(o.Trouble()) != 0 {
			t.Fatalf("%d tries, %v\n%s", len(all), o.Trouble(), log)
		}
		for i, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
			if got := all[i+1].at.Sub(all[i].at); got < wait*3/4 || got > wait*5/4 {
				t.Errorf("%v until try %d, want about %v", got, i+2, wait)
			}
			if all[i+1].id != all[0].id || all[i+1].body != all[0].body {
				t.Errorf("try %d is another", i+2)
			}
		}
	})
}

// A receiver that is gone is tried for more than an hour. Then the notice is given up, and
// the log says so; the end of what was never told is not told.
func TestGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ops := &receiver{answer: func(context.Context, int) error { return errors.New("ops.example.com: connection refused") }}
		o, log := replica(t, "a", nil, map[string]notice.Poster{"ops": ops})
		began := time.Now()
		o.Tell([]alarm.Alarm{since(alarm.ProviderSilent)}, began)
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		all := ops.came()
		if last := all[len(all)-1].at.Sub(began); last < time.Hour || last > notice.Patience || len(all) > 60 {
			t.Errorf("%d tries, the last after %v", len(all), last)
		}
		o.Tell(nil, time.Now())
		synctest.Wait()
		if len(ops.came()) != len(all) || strings.Count(log.String(), "given up") != 1 {
			t.Errorf("%s\n%s", ops.types(), log)
		}
	})
}

// refusing is an error as an action has it.
type refusing struct {
	after time.Duration
	gone  bool
}

func (refusing) Error() string               { return "refused" }
func (r refusing) RetryAfter() time.Duration { return r.after }
func (r refusing) Gone() bool                { return r.gone }

func TestWhatTheReceiverSaysOfLaterTries(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		busy := &receiver{answer: func(_ context.Context, n int) error {
			if n == 1 {
				return refusing{after: time.Minute}
			}
			return nil
		}}
		gone := &receiver{answer: func(context.Context, int) error { return refusing{gone: true} }}
		o, _ := replica(t, "a", nil, map[string]notice.Poster{"busy": busy, "gone": gone})
		o.Tell([]alarm.Alarm{since(alarm.ProviderSilent)}, time.Now())
		time.Sleep(time.Hour)
		synctest.Wait()
		if all := busy.came(); len(all) != 2 || all[1].at.Sub(all[0].at) != time.Minute {
			t.Errorf("%v", all)
		}
		if all := gone.came(); len(all) != 1 {
			t.Errorf("%v", all)
		}
	})
}

// One that hangs keeps nobody waiting: neither who tells nor another receiver. What waits
// for it is bounded, and the newest stays.
func TestOneThatHangs(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		slow := &receiver{answer: func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }}
		quick := &receiver{}
		o, log := replica(t, "a", nil, map[string]notice.Poster{"slow": slow, "quick": quick})
		began := time.Now()
		for n := range 150 {
			a := since(alarm.ProviderSilent)
			a.Provider = fmt.Sprint("p", n)
			o.Tell([]alarm.Alarm{a}, time.Now())
			synctest.Wait()
		}
		if time.Since(began) != 0 || len(slow.came()) != 1 || len(quick.came()) != 299 {
			t.Errorf("%v, %d, %d", time.Since(began), len(slow.came()), len(quick.came()))
		}
		if !strings.Contains(log.String(), "the oldest are left out") {
			t.Error(log)
		}
		o.Stop()
		if slow.closed != 1 || quick.closed != 1 {
			t.Errorf("closed %d and %d times", slow.closed, quick.closed)
		}
	})
}

// Of two replicas one tells each beginning and each end, whenever each of them sees it.
func TestOneOfTwoReplicasTells(t *testing.T) {
	for _, kind := range alarm.Kinds() {
		for _, late := range []time.Duration{0, 900 * time.Millisecond, kind.Grain()} {
			if kind.Grain() == 0 && late > 0 {
				continue // they share the beginning
			}
			t.Run(fmt.Sprint(kind, " ", late), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					shared, ops := &claims{}, &receiver{}
					a, _ := replica(t, "a", shared, map[string]notice.Poster{"ops": ops})
					b, _ := replica(t, "b", shared, map[string]notice.Poster{"ops": ops})
					first := since(kind)
					second := first
					second.Since = first.Since.Add(late)
					a.Tell([]alarm.Alarm{first}, time.Now())
					time.Sleep(late)
					b.Tell([]alarm.Alarm{second}, time.Now())
					synctest.Wait()
					once, twice := "raised", "raised raised"
					want := map[bool]string{true: twice, false: once}[kind.Own()]
					if got := ops.types(); got != want {
						t.Errorf("%s, want %s", got, want)
					}
					time.Sleep(time.Hour)
					b.Tell(nil, time.Now())
					synctest.Wait()
					a.Tell(nil, time.Now())
					synctest.Wait()
					if want += " cleared"; kind.Own() {
						want += " cleared"
					}
					if got := ops.types(); got != want {
						t.Errorf("%s, want %s", got, want)
					}
					// The next one is told again.
					again := since(kind)
					a.Tell([]alarm.Alarm{again}, time.Now())
					synctest.Wait()
					if got := ops.types(); got != want+" raised" {
						t.Errorf("the next one: %s", got)
					}
				})
			})
		}
	}
}

// Without a store that answers, each replica tells, with one id for what they share.
func TestTheStoreIsAway(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		shared, ops := &claims{err: errors.New("away")}, &receiver{}
		a, _ := replica(t, "a", shared, map[string]notice.Poster{"ops": ops})
		b, _ := replica(t, "b", shared, map[string]notice.Poster{"ops": ops})
		one := since(alarm.ProviderSilent)
		a.Tell([]alarm.Alarm{one}, time.Now())
		b.Tell([]alarm.Alarm{one}, time.Now())
		synctest.Wait()
		if all := ops.came(); len(all) != 2 || all[0].id != all[1].id {
			t.Errorf("%v", all)
		}
	})
}

// Whoever claimed it and died has told nobody: another replica tells the next repetition,
// and the end.
func TestClaimedByOneThatDied(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		shared := &claims{}
		dead := &receiver{answer: func(context.Context, int) error { return errors.New("unreachable") }}
		a, _ := replica(t, "a", shared, map[string]notice.Poster{"ops": dead})
		ops := &receiver{}
		b, _ := replica(t, "b", shared, map[string]notice.Poster{"ops": ops})
		one := since(alarm.ProviderSilent)
		a.Tell([]alarm.Alarm{one}, time.Now())
		synctest.Wait()
		b.Tell([]alarm.Alarm{one}, time.Now())
		synctest.Wait()
		if got := ops.types(); got != "" {
			t.Errorf("%s, though it is claimed", got)
		}
		time.Sleep(24 * time.Hour)
		b.Tell([]alarm.Alarm{one}, time.Now())
		b.Tell(nil, time.Now())
		synctest.Wait()
		if got := ops.types(); got != "raised cleared" {
			t.Errorf("%s", got)
		}
	})
}

// Whoever stops before it could tell leaves it to the next one, as the process that takes
// its place.
func TestStoppedBeforeItWasTold(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		for _, kind := range []alarm.Kind{alarm.ProviderSilent, alarm.DeadLetters} {
			shared, one := &claims{}, since(kind)
			away := &receiver{answer: func(context.Context, int) error { return errors.New("unreachable") }}
			a, _ := replica(t, "a", shared, map[string]notice.Poster{"ops": away})
			a.Tell([]alarm.Alarm{one}, time.Now())
			synctest.Wait()
			a.Stop()
			ops := &receiver{}
			b, _ := replica(t, "b", shared, map[string]notice.Poster{"ops": ops})
			b.Tell([]alarm.Alarm{one}, time.Now())
			synctest.Wait()
			b.Stop() // it told: nobody does again
			c, _ := replica(t, "c", shared, map[string]notice.Poster{"ops": ops})
			c.Tell([]alarm.Alarm{one}, time.Now())
			synctest.Wait()
			if got := ops.types(); got != "raised" {
				t.Errorf("%s: %s", kind, got)
			}
		}
	})
}

// A reload exchanges where notices go: what waits for an address goes to where it is now.
func TestExchange(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		away := &receiver{answer: func(context.Context, int) error { return errors.New("away") }}
		o, _ := replica(t, "a", nil, map[string]notice.Poster{"ops": away, "left": &receiver{}})
		one := since(alarm.ProviderSilent)
		o.Tell([]alarm.Alarm{one}, time.Now())
		synctest.Wait()
		ops, later := &receiver{}, &receiver{}
		o.Exchange(map[string]notice.Poster{"ops": ops, "later": later}, time.Hour)
		time.Sleep(time.Minute)
		o.Tell([]alarm.Alarm{one}, time.Now())
		synctest.Wait()
		if len(ops.came()) != 1 || ops.came()[0].id != away.came()[0].id || len(later.came()) != 1 || away.closed != 1 {
			t.Errorf("%d, %d, closed %d", len(ops.came()), len(later.came()), away.closed)
		}
		o.Stop()
		o.Exchange(map[string]notice.Poster{"ops": ops}, time.Hour)
		o.Tell(nil, time.Now())
		synctest.Wait()
		if len(ops.came()) != 1 {
			t.Error("told after the end")
		}
	})
}
