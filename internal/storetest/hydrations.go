package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	usersync "usersync/sync"
)

const second = usersync.Micros(1_000_000)

// hydrating is an engine that asks for the users of provider p.
func hydrating(s usersync.Store) *usersync.Engine {
	e := Engine(s)
	e.Hydrates = func(provider string) bool { return provider == "p" }
	return e
}

// thinOne is an event that carries nothing but the id.
func thinOne(user, event string, kind usersync.Kind, second int) usersync.Command {
	c := command1(user, event, kind, second)
	c.Thin = true
	return c
}

// claim claims at an instant, for a minute, and returns the users, sorted.
func claim(t *testing.T, s Inspector, at usersync.Micros, limit int) (claimed []usersync.Hydration, users string) {
	t.Helper()
	claimed, err := s.Claim(t.Context(), "p", at, at+60*second, limit)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range claimed {
		names = append(names, h.UserID)
	}
	slices.Sort(names)
	return claimed, fmt.Sprint(names)
}

func settle(t *testing.T, s Inspector, at usersync.Micros, done []usersync.Hydration, postponed ...usersync.Postponed) {
	t.Helper()
	if err := s.Settle(t.Context(), at, done, postponed); err != nil {
		t.Fatal(err)
	}
}

// never is later than anything that the laws do.
const never = Base + 1000*3600*second

func asked(t *testing.T, s Inspector) {
	e := hydrating(s)
	var told []string
	e.Asked = func(provider string) { told = append(told, provider) }
	other := thinOne("u9", "e", usersync.KindCreated, 1)
	other.Provider = "q"
	apply(t, e, thinOne("u1", "e", usersync.KindCreated, 1), thinOne("u2", "e", usersync.KindUpdated, 1), other,
		command1("u3", "e", usersync.KindCreated, 1))
	if fmt.Sprint(told) != "[p]" {
		t.Errorf("told of %v", told)
	}
	if _, users := claim(t, s, e.Clock()-1, 9); users != "[]" {
		t.Errorf("due before the event: %s", users)
	}
	claimed, users := claim(t, s, e.Clock(), 9)
	if users != "[u1 u2]" {
		t.Errorf("claimed %s", users)
	}
	for _, h := range claimed {
		if h.Attempts != 1 || h.Requests != 1 || h.Provider != "p" {
			t.Errorf("%+v", h)
		}
	}
	if others, err := s.Claim(t.Context(), "q", never, never, 9); err != nil || len(others) != 0 {
		t.Errorf("of another provider: %v, %v", others, err)
	}
}

func askedOnce(t *testing.T, s Inspector) {
	e := hydrating(s)
	first := thinOne("u1", "e1", usersync.KindCreated, 1)
	apply(t, e, first, thinOne("u1", "e2", usersync.KindUpdated, 2))
	last := thinOne("u1", "e3", usersync.KindUpdated, 2)
	apply(t, e, last)
	apply(t, e, first, first) // repetitions ask for nothing
	claimed, users := claim(t, s, never, 9)
	if users != "[u1]" || claimed[0].Requests != 3 {
		t.Fatalf("%+v", claimed)
	}
	settle(t, s, never, claimed)
	apply(t, e, last)
	if _, users := claim(t, s, never, 9); users != "[]" {
		t.Errorf("a repetition asked for %s", users)
	}
	last.Origin = usersync.OriginReplay
	apply(t, e, last)
	if _, users := claim(t, s, never, 9); users != "[u1]" {
		t.Errorf("a replay asked for %s", users)
	}
}

func askedInVain(t *testing.T, s Inspector) {
	e := hydrating(s)
	deleted := func(user string, second int) usersync.Command {
		return command1(user, "gone", usersync.KindDeleted, second)
	}
	apply(t, e, deleted("u1", 5))
	apply(t, e, thinOne("u1", "late", usersync.KindCreated, 1), thinOne("u1", "later", usersync.KindUpdated, 9))
	apply(t, e, thinOne("u2", "e", usersync.KindCreated, 1), deleted("u2", 2)) // gone at the end of the batch
	listed := thinOne("u3", "", usersync.KindUpdated, 1)
	listed.Origin = usersync.OriginHydrate
	apply(t, e, listed)
	e.DryRun = true
	apply(t, e, thinOne("u4", "e", usersync.KindCreated, 1))
	e.DryRun = false
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e.Apply(ctx, []*usersync.Delivery{{Commands: []usersync.Command{thinOne("u5", "e", usersync.KindCreated, 1)}}})
	// What is refused takes nobody along.
	s.Refuse("poison@x")
	poison := withEmail(command1("u6", "e", usersync.KindCreated, 1), "poison@x")
	poison.Thin = true // as if
	if got := apply(t, e, poison, thinOne("u7", "e", usersync.KindCreated, 1)); got[0] != usersync.OutcomeDeadLetter {
		t.Errorf("%v", got)
	}
	apply(t, e, thinOne("u8", "e", usersync.KindCreated, 1), deleted("u8", 2), thinOne("u8", "again", usersync.KindCreated, 3))
	e.Hydrates = nil
	apply(t, e, thinOne("u9", "e", usersync.KindCreated, 1))
	apply(t, hydrating(s), thinOne("u10", "e", usersync.KindCreated, 1))
	apply(t, e, deleted("u10", 2)) // gone while it waits
	claimed, users := claim(t, s, never, 9)
	if users != "[u10 u7 u8]" {
		t.Errorf("asked for %s", users)
	}
	for _, h := range claimed {
		if h.Deleted != (h.UserID == "u10") {
			t.Errorf("%+v", h)
		}
	}
}

func lentToOne(t *testing.T, s Inspector) {
	e := hydrating(s)
	clock := e.Clock()
	for i := range 40 { // the last is the longest due
		e.Clock = func() usersync.Micros { return clock - usersync.Micros(i)*second }
		apply(t, e, thinOne(fmt.Sprintf("u%02d", i), "e", usersync.KindCreated, 1))
	}
	if _, users := claim(t, s, clock, 2); users != "[u38 u39]" {
		t.Errorf("the longest due: %s", users)
	}
	var mu sync.Mutex
	lent := map[string]int{}
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			for range 20 {
				claimed, err := s.Claim(t.Context(), "p", clock, never, 3)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, h := range claimed {
					lent[h.UserID]++
				}
				mu.Unlock()
			}
		})
	}
	crowd.Wait()
	for user, times := range lent {
		if times != 1 {
			t.Errorf("%s was lent %d times", user, times)
		}
	}
	if len(lent) != 38 {
		t.Errorf("%d were lent, want 38", len(lent))
	}
}

func askedMeanwhile(t *testing.T, s Inspector) {
	e := hydrating(s)
	at := e.Clock()
	apply(t, e, thinOne("u1", "e1", usersync.KindCreated, 1), thinOne("u2", "e1", usersync.KindCreated, 1))
	claimed, _ := claim(t, s, at, 9)
	apply(t, e, thinOne("u1", "e2", usersync.KindUpdated, 2))
	if _, users := claim(t, s, at+second, 9); users != "[]" {
		t.Errorf("an event took %s from who claimed it", users)
	}
	settle(t, s, at+2*second, claimed)
	if _, users := claim(t, s, at+second, 9); users != "[]" {
		t.Errorf("due before it was settled: %s", users)
	}
	again, users := claim(t, s, at+2*second, 9)
	if users != "[u1]" || again[0].Attempts != 1 || again[0].Requests != 2 {
		t.Fatalf("%+v", again)
	}
	settle(t, s, at+3*second, again)
	if _, users := claim(t, s, never, 9); users != "[]" {
		t.Errorf("%s is left", users)
	}
}

func givenBack(t *testing.T, s Inspector) {
	e := hydrating(s)
	at := e.Clock()
	apply(t, e, thinOne("u1", "e1", usersync.KindCreated, 1))
	dead, _ := claim(t, s, at, 9)
	if _, users := claim(t, s, at+59*second, 9); users != "[]" {
		t.Errorf("lent twice: %s", users)
	}
	heir, users := claim(t, s, at+60*second, 9)
	if users != "[u1]" || heir[0].Attempts != 2 {
		t.Fatalf("after the lease: %+v", heir)
	}
	// The first one was only slow. It must not shorten the other's lease.
	settle(t, s, at+61*second, nil, usersync.Postponed{Hydration: dead[0], Due: at})
	if _, users := claim(t, s, at+62*second, 9); users != "[]" {
		t.Errorf("lent to two: %s", users)
	}
	// Nor may it end it: what it knows may be older than a later event.
	settle(t, s, at+63*second, dead)
	if _, users := claim(t, s, at+120*second, 9); users != "[u1]" {
		t.Errorf("after the slow one came back: %s", users)
	}
	heir[0].Until += 60 * second
	settle(t, s, at+64*second, heir)
	if _, users := claim(t, s, never, 9); users != "[]" {
		t.Errorf("%s is left", users)
	}
}

func postponed(t *testing.T, s Inspector) {
	e := hydrating(s)
	at := e.Clock()
	apply(t, e, thinOne("u1", "e1", usersync.KindCreated, 1), thinOne("u2", "e1", usersync.KindCreated, 1))
	claimed, _ := claim(t, s, at, 9)
	for _, h := range claimed {
		settle(t, s, at, nil, usersync.Postponed{Hydration: h, Due: at + 10*second, Last: h.UserID == "u2"})
	}
	// Events do not hasten what was put off.
	apply(t, e, thinOne("u1", "e2", usersync.KindUpdated, 2), thinOne("u2", "e2", usersync.KindUpdated, 2))
	if _, users := claim(t, s, at+9*second, 9); users != "[]" {
		t.Errorf("hastened: %s", users)
	}
	claimed, users := claim(t, s, at+10*second, 9)
	if users != "[u1 u2]" {
		t.Fatalf("due again: %s", users)
	}
	for _, h := range claimed {
		if want := map[string]int{"u1": 2, "u2": 0}[h.UserID]; h.Attempts != want || h.Requests != 2 {
			t.Errorf("%+v, want %d attempts", h, want)
		}
	}
}

// Whatever workers and events do at once, each event is followed by a claim of
// its user that began later.
func hydrationCrowd(t *testing.T, s Inspector) {
	e := hydrating(s)
	const users, rounds, writers, workers = 20, 15, 4, 3
	var mu sync.Mutex
	asked, seen := map[string]int{}, map[string]int{} // events committed; of them known when a claim had been made
	var clock atomic.Int64
	clock.Store(int64(never))
	work := func() (some bool) {
		// Many loans end before the work does, none at the instant of another
		// claim.
		at := usersync.Micros(clock.Add(10))
		claimed, err := s.Claim(t.Context(), "p", at, at+15, 7)
		if err != nil {
			t.Error(err)
			return false
		}
		if err := s.Settle(t.Context(), at, claimed, nil); err != nil {
			t.Error(err)
		}
		mu.Lock()
		for _, h := range claimed {
			seen[h.UserID] += int(h.Requests)
		}
		mu.Unlock()
		return len(claimed) > 0
	}
	var crowd, helpers sync.WaitGroup
	stop := make(chan struct{})
	for range workers {
		helpers.Go(func() {
			for {
				work()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for w := range writers {
		crowd.Go(func() {
			for round := range rounds {
				var batch []*usersync.Delivery
				for u := range users {
					user := fmt.Sprintf("u%02d", (u*[writers]int{1, 3, 7, 9}[w]+round)%users)
					batch = append(batch, &usersync.Delivery{Commands: []usersync.Command{thinOne(user, fmt.Sprint(w, ".", round), usersync.KindUpdated, round)}})
				}
				for i, r := range e.Apply(t.Context(), batch) {
					for r.Busy && r.Err == nil {
						r = e.Apply(t.Context(), batch[i:i+1])[0]
					}
					if r.Err != nil {
						t.Error(r.Err)
						continue
					}
					mu.Lock()
					asked[batch[i].Commands[0].UserID]++
					mu.Unlock()
				}
			}
		})
	}
	crowd.Wait()
	close(stop)
	helpers.Wait()
	for work() {
	}
	if claimed, users := claim(t, s, 2*never, 99); len(claimed) > 0 {
		t.Errorf("%s are left", users)
	}
	for user, n := range asked {
		if n != rounds*writers || seen[user] < n {
			t.Errorf("%s: %d events, %d of them seen", user, n, seen[user])
		}
	}
}
