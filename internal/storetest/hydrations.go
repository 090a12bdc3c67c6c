package storetest

import (
	"context"
	"fmt"
	"slices"
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

// An event that tells a part and asks for the rest asks also if that part is known to be
// older: a newer event that tells as much need not ask for anything.
func askedLate(t *testing.T, s Inspector) {
	e := hydrating(s)
	newer, late := command1("u1", "newer", usersync.KindBanned, 5), thinOne("u1", "late", usersync.KindUpdated, 2)
	newer.Fields[usersync.FieldName] = usersync.TextValue("Ann")
	late.Fields[usersync.FieldName] = usersync.TextValue("Ann")
	apply(t, e, newer)
	if outcome := apply(t, e, late)[0]; outcome != usersync.OutcomeStale {
		t.Fatalf("outcome %v", outcome)
	}
	claimed, users := claim(t, s, never, 9)
	if users != "[u1]" {
		t.Fatalf("asked for %s", users)
	}
	settle(t, s, never, claimed)
	apply(t, e, late)
	if _, users := claim(t, s, never, 9); users != "[]" {
		t.Errorf("a repetition asked for %s", users)
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
