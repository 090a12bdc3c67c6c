package storetest

import (
	"fmt"
	"sync"
	"testing"

	usersync "usersync/sync"
)

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
